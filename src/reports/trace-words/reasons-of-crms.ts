import type { ReasonPair } from './reasons-of-sending.ts';

/** Why a lead did not reach a CRM, or what a CRM told was no news; made in crms, crm-sync and io. */
export const REASONS_OF_CRMS: readonly ReasonPair[] = [
  ['the lead is gone or was made anonymous', 'o lead não existe mais ou foi anonimizado'],
  ['the lead has neither e-mail nor phone', 'o lead não tem e-mail nem telefone'],
  ['RD Station takes no lead without an e-mail', 'a RD Station não aceita lead sem e-mail'],
  ['the connection has no url', 'a conexão não tem url'],
  ['given up after three days; last: {reason}', 'desistência depois de três dias; último motivo: {reason}'],
  ['there is no kind "{kind}"', 'não existe o tipo “{kind}”'],
  ['this CRM is not asked that', 'isso não se pergunta a este CRM'],
  ['{name} did not answer ({reason})', '{name} não respondeu ({reason})'],
  ['the answer (HTTP {n}) cannot be read', 'a resposta (HTTP {n}) não pode ser lida'],
  ['the contact is not there yet', 'o contato ainda não está lá'],
  ['the contact was refused: {reason}', 'o contato foi recusado: {reason}'],
  ['an error without words', 'um erro sem explicação'],
  ['an error in the answer', 'um erro na resposta'],
  ['success is false', 'a resposta diz que não deu certo'],
  ['the organisation’s calls of the day are used up', 'as chamadas do dia desta organização acabaram'],
  [
    'the token is for an address that is not the vendor’s',
    'o token é para um endereço que não é do fornecedor',
  ],
  ['HTTP {n}: the address does not want this any more', 'HTTP {n}: o endereço não quer mais receber isto'],
  ['HTTP {n}: {words}', 'HTTP {n}: {words}'],
  ['HTTP {n}', 'HTTP {n}'],
  ['{name}: check {fields}', '{name}: confira {fields}'],
  ['this state of the deal is known already', 'esta situação do negócio já era conhecida'],
  ['the deal has changed since', 'o negócio mudou desde então'],
  ['this state is known already', 'esta situação já era conhecida'],
  [
    'the mail server’s address is private or not allowed',
    'o endereço do servidor de e-mail é privado ou não é permitido',
  ],
  [
    'the mail server refuses user and password ({code})',
    'o servidor de e-mail recusa usuário e senha ({code})',
  ],
  ['the mail server refuses the mail ({code})', 'o servidor de e-mail recusa o e-mail ({code})'],
  [
    'the mail server did not take the mail (no connection)',
    'o servidor de e-mail não recebeu o e-mail (sem conexão)',
  ],
  ['the mail server did not take the mail ({code})', 'o servidor de e-mail não recebeu o e-mail ({code})'],
  ['Telegram did not answer', 'o Telegram não respondeu'],
  ['Telegram could not be reached', 'não foi possível falar com o Telegram'],
  [
    'The worker ended between calling Telegram and recording the answer.',
    'o processo terminou entre a chamada ao Telegram e a anotação da resposta',
  ],
];
