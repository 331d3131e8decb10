/**
 * Reasons that this program writes into the database in English, with what they are in Brazilian Portuguese. `{x}`
 * stands for what is put in; tell-reason.ts says what becomes of it.
 */
export type ReasonPair = readonly [english: string, portuguese: string];

/** Why an event is held, not sent, or not sent any more; made in send, projections and payments. */
export const REASONS_OF_SENDING: readonly ReasonPair[] = [
  ["waits for the browser's _fbp cookie", 'espera o cookie _fbp do navegador'],
  ['waits for the delivery page, at most 5 minutes', 'espera a página de entrega, por no máximo 5 minutos'],
  ['waits for the score of the person', 'espera a pontuação da pessoa'],
  ['no destination: none is active here', 'sem destino: nenhum está ativo aqui'],
  [
    'no destination: none that is active here takes this event',
    'sem destino: nenhum dos que estão ativos aqui recebe este evento',
  ],
  ['switched off: the pool does not send this event', 'desligado: o link não envia este evento'],
  ['skipped: {reason}', 'deixado de fora: {reason}'],
  ['consent: the person has not agreed to ads', 'consentimento: a pessoa não aceitou anúncios'],
  ['consent: the person never chose', 'consentimento: a pessoa nunca escolheu'],
  ['this version knows nothing of this platform', 'esta versão não conhece esta plataforma'],
  [
    'nothing to take back: it was lost before it was sent here',
    'nada a retirar: o negócio foi perdido antes de ser enviado para cá',
  ],
  ['replaced: the conversion has changed since', 'substituído: a conversão mudou desde então'],
  ['erased', 'os dados da pessoa foram apagados'],
  ['deadline passed; last answer: {reason}', 'o prazo acabou; última resposta: {reason}'],
  ['deadline passed', 'o prazo acabou'],
  ['suspicious: {scores}', 'pessoa suspeita, com {scores}'],
  [
    'planned again: no longer kept out as suspicious',
    'planejado de novo: a pessoa não é mais tida como suspeita',
  ],
  [
    'its batch was not taken, sent again in smaller ones: {reason}',
    'o lote não foi aceito e vai de novo em lotes menores: {reason}',
  ],
  [
    'out of window: it happened {n} days after the visit, this destination looks back {n2}',
    'fora da janela: aconteceu {n dia dias} depois da visita, e este destino olha só {n2 dia dias} para trás',
  ],
  [
    'out of window: too old, the platform takes {noun} of the last {n} days',
    'fora da janela: antigo demais, a plataforma só aceita {noun} de até {n dia dias} atrás',
  ],
];
