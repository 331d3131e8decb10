import { buildMoneyText, readDecimal } from '../../domain/money.ts';
import type { HopTexts } from './hop-texts.ts';
import { PORTUGUESE_WORDS } from './portuguese-words.ts';
import { beginSentence, count, endSentence } from './sentences.ts';

const { click, bot, payment, lead, conversion } = PORTUGUESE_WORDS;
const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);

/** The sentences of a trace in Brazilian Portuguese. */
export const PORTUGUESE: HopTexts = {
  language: 'pt',
  click: {
    ...click,
    clicked: (pool, name, isDirect) => {
      const where = pool === null ? 'de um link que não existe mais' : `do link ${pool}`;
      const target = name === null ? 'um bot que não existe mais' : `@${name}`;
      const served = isDirect ? 'foi direto para' : 'viu a página de entrada, com um botão para';
      return `Um visitante clicou em um anúncio ${where} e ${served} ${target}.`;
    },
    marks: (list) => `O link trazia ${list}.`,
    isProgram: (reasons) => `Parece um programa, não uma pessoa (${reasons}).`,
    consent: (state) => `Consentimento para anúncios: ${state}.`,
    cookies: (list) => `A página informou os cookies do navegador; o clique agora guarda: ${list}.`,
  },
  bot: {
    ...bot,
    started: (user, username) => `O usuário ${user} do Telegram apertou Start em @${username}.`,
    otherOutcome: (outcome) => `Resultado: ${outcome}.`,
    payload: (quoted) => `O link trazia ${quoted}.`,
    broadcast: (name, username) => `Mensagem em massa ${name} em @${username}.`,
    reason: (reason) => `Motivo: ${reason}.`,
    telegram: (quoted) => `Telegram: ${quoted}.`,
  },
  payment: {
    ...payment,
    charge: ({ price, product, gateway }) => `Cobrança de ${price} por ${product} no gateway ${gateway}.`,
    failure: (reason) => `Não foi possível criá-la: ${reason}.`,
    changed: (from, to, cause) => `${beginSentence(from ?? 'nova')} → ${to}, ${cause}.`,
    noted: (cause) => `Anotado ${cause}.`,
  },
  lead: {
    ...lead,
    came: (form) => (form === null ? 'Chegou um lead.' : `Chegou um lead pelo formulário ${form}.`),
    after: (seconds) => `${seconds} s depois do início da visita.`,
    score: (score) => `Pontuação ${score}.`,
    samePerson: (leadId) => `É a mesma pessoa do lead ${leadId}.`,
    touch: (list) => `O visitante chegou com ${list}.`,
    stage: (stage, value) =>
      `O lead passou para a etapa “${stage}”${value === null ? '' : `, no valor de ${value}`}.`,
    toldBy: (who) => `Informado por ${who}.`,
    stageReason: (quoted) => `Motivo: ${quoted}.`,
    crm: ({ name, isPush, status }) =>
      `${name} ${isPush ? 'foi avisado sobre o lead' : 'avisou sobre o lead'}: ${status}.`,
    repeats: (repeats) => `, depois de ${count(repeats, 'repetição', 'repetições')}`,
  },
  conversion: {
    ...conversion,
    event: (name, value) => `Evento: ${name}${value === null ? '' : `, no valor de ${value}`}.`,
    held: (until, reason) => `Fica retido até ${until}${because(reason)}.`,
    outcome: (reason) => endSentence(beginSentence(reason)),
    goesTo: (some) =>
      some === 0 ? 'Não vai para nenhum destino.' : `Vai para ${count(some, 'destino', 'destinos')}.`,
    due: (platform, next, reason) =>
      `O envio para ${platform} está na fila, próxima tentativa em ${next}${because(reason)}.`,
    settled: (platform, state, reason) =>
      `O envio para ${platform} ${state} sem nenhuma tentativa${because(reason)}.`,
    note: (platform, note) => endSentence(`Envio para ${platform} ${note ?? 'anotado'}`),
    attempt: ({ attempt, platform, result, reason, httpStatus, reference }) => {
      const told = {
        taken: 'foi aceita',
        accepted: 'foi recebida e está sendo processada',
        refused: `não foi aceita: ${reason ?? 'nenhum motivo informado'}`,
      }[result];
      const answer = httpStatus === null ? 'sem resposta' : `HTTP ${httpStatus}`;
      const there = reference === null ? '' : ` Referência lá: ${reference}.`;
      return `A tentativa ${attempt} para ${platform} ${told} (${answer}).${there}`;
    },
  },
  money: (amount, currency) => {
    const cents = readDecimal(amount);
    const isCode = currency !== null && /^[A-Z]{3}$/.test(currency);
    if (cents !== null && isCode) return buildMoneyText({ cents, currency }, 'pt-BR');
    const written = amount.replace('.', ',');
    return currency === null ? written : `${written} ${currency}`;
  },
};
