import type { ReasonPair } from './reasons-of-sending.ts';

/** Why an event cannot be told to a platform; made in platforms, before anything is sent. */
const REFUSALS: readonly ReasonPair[] = [
  [
    'its time is in the future: check the clock of the machine',
    'o horário está no futuro: confira o relógio da máquina',
  ],
  [
    'wrong currency: it must be three capital letters of ISO 4217',
    'moeda errada: precisa ser três letras maiúsculas da ISO 4217',
  ],
  ['wrong currency: UTMify does not take {currency}', 'moeda errada: a UTMify não aceita {currency}'],
  ['no value: an order of UTMify has one', 'sem valor: um pedido da UTMify precisa ter um'],
  ['no value: Meta asks for one with Purchase', 'sem valor: a Meta exige um com Purchase'],
  ['already paid: the order of the payment says more', 'já paga: o pedido do pagamento diz mais'],
  [
    'cannot be changed: {name} has no way to correct the value of what it has',
    'não pode ser corrigido: {name} não tem como mudar o valor do que já recebeu',
  ],
  [
    'cannot be taken back: {name} has no way to withdraw what it has',
    'não pode ser retirado: {name} não tem como desfazer o que já recebeu',
  ],
  [
    'too old: Meta takes events of the last 7 days',
    'antigo demais: a Meta só aceita eventos dos últimos 7 dias',
  ],
  [
    'too old: Meta takes shop events of the last 62 days',
    'antigo demais: a Meta só aceita eventos de loja dos últimos 62 dias',
  ],
  [
    'too old: Google Analytics takes events of the last 72 hours',
    'antigo demais: o Google Analytics só aceita eventos das últimas 72 horas',
  ],
  [
    'no page address: Meta asks for one with website events',
    'sem endereço de página: a Meta exige um com eventos de site',
  ],
  [
    'no user agent: Meta asks for one with website events',
    'sem user agent: a Meta exige um com eventos de site',
  ],
  [
    'no identifier: nothing known of the person is enough for Meta to match',
    'sem identificador: nada do que se sabe da pessoa basta para a Meta reconhecê-la',
  ],
  [
    'no identifier: no TikTok click id, e-mail, phone or visit is known',
    'sem identificador: não se conhece nenhum id de clique do TikTok, e-mail, telefone ou visita',
  ],
  [
    'no identifier: neither a Google click id nor an e-mail or phone is known',
    'sem identificador: não se conhece nenhum id de clique do Google, e-mail ou telefone',
  ],
  [
    'no identifier: neither li_fat_id nor an e-mail nor a full name is known',
    'sem identificador: não se conhece nenhum li_fat_id, e-mail ou nome completo',
  ],
  [
    'no identifier: the browser’s _ga cookie is not known',
    'sem identificador: o cookie _ga do navegador não é conhecido',
  ],
  [
    'no identifier: the client id of the _ga cookie is malformed',
    'sem identificador: o id do cookie _ga está malformado',
  ],
  ['more than {n} parameters', 'mais de {n} parâmetros'],
  ['the parameter name {name} is not allowed', 'o nome de parâmetro {name} não é permitido'],
  ['the parameter {name} is longer than {n} characters', 'o parâmetro {name} tem mais de {n} caracteres'],
];

/** What is said of an answer of a platform, or of none; made in platforms, send and io. */
const ANSWERS: readonly ReasonPair[] = [
  ['another event of its request was refused', 'outro evento do mesmo pedido foi recusado'],
  ['the answer does not mention the event', 'a resposta não menciona o evento'],
  ['the answer does not mention this event', 'a resposta não menciona este evento'],
  ['this platform answers nothing later', 'esta plataforma não responde nada depois'],
  ['there is nothing to ask', 'não há o que perguntar'],
  ['Wrong or missing: {fields}', 'errado ou faltando: {fields}'],
  ['{name} answered {n} with something that is not JSON', '{name} respondeu {n} com algo que não é JSON'],
  [
    '{name} answered {n} with something that is not its JSON',
    '{name} respondeu {n} com algo que não é o JSON esperado',
  ],
  [
    '{name} answered {n} without saying how many events it took',
    '{name} respondeu {n} sem dizer quantos eventos aceitou',
  ],
  ['{name} answered {n} without a request id', '{name} respondeu {n} sem o id do pedido'],
  ['{name} answered {n} without a status', '{name} respondeu {n} sem a situação'],
  ['{name} answered 200 for {n} of {n2} events', '{name} respondeu 200 para {n} de {n2 evento eventos}'],
  ['{name} answered {n}', '{name} respondeu {n}'],
  ['{name} took {n} of {n2} events', '{name} aceitou {n} de {n2 evento eventos}'],
  ['{name} gave no status for this event', '{name} não deu a situação deste evento'],
  ['{name} gives the status {state}', '{name} informa a situação {state}'],
  ['Google: no reason given', 'Google: nenhum motivo informado'],
  ["{words} (is this machine's clock ahead?)", '{words} (o relógio desta máquina está adiantado?)'],
  [
    '{words} (this API version has ended: set settings.version to a newer month)',
    '{words} (esta versão da API acabou: ponha um mês mais novo em settings.version)',
  ],
  ['{code}: no words', '{code}: sem explicação'],
  ['no answer in time', 'sem resposta a tempo'],
  ['no answer ({code})', 'sem resposta ({code})'],
  ['no answer', 'sem resposta'],
  ['no connection or a broken answer ({code})', 'sem conexão, ou resposta interrompida ({code})'],
  ['the answer is larger than 256 KiB', 'a resposta passa de 256 KiB'],
  ['the address is private or not allowed', 'o endereço é privado ou não é permitido'],
  ['the address is not a URL', 'o endereço não é uma URL'],
  ['only http and https can be called', 'só se pode chamar http e https'],
  ['an address with a user name or password is not called', 'um endereço com usuário ou senha não é chamado'],
  ['an address without a name is not called', 'um endereço sem nome não é chamado'],
];

/** Every reason of a platform's room. */
export const REASONS_OF_PLATFORMS: readonly ReasonPair[] = [...REFUSALS, ...ANSWERS];
