import { choices } from '../field.ts';

/** What the person said of ads. */
export const CONSENT = choices({
  granted: ['Granted', 'Concedido'],
  denied: ['Denied', 'Negado'],
  pending: ['Not answered', 'Sem resposta'],
});

/** The classes of devices that a site tells apart. */
export const SITE_DEVICES = choices({
  mobile: ['Mobile', 'Celular'],
  tablet: ['Tablet', 'Tablet'],
  desktop: ['Desktop', 'Computador'],
});

/** The stages of a sale. */
export const STAGES = choices({
  new: ['New', 'Novo'],
  qualified: ['Qualified', 'Qualificado'],
  proposal: ['Proposal', 'Proposta'],
  negotiation: ['Negotiation', 'Negociação'],
  won: ['Won', 'Ganho'],
  lost: ['Lost', 'Perdido'],
});

/** What the fields of scores are called, whoever is scored. */
export const SCORE_LABELS = {
  bot: ['Bot score', 'Pontuação de robô'],
  fraud: ['Fraud score', 'Pontuação de fraude'],
  suspicious: ['Suspicious', 'Suspeito'],
} as const;

/** A country as it is stored. */
export const COUNTRY_FORM = {
  pattern: /^[A-Z]{2}$/,
  message: 'must be an ISO 3166-1 code in capitals, like BR',
} as const;
