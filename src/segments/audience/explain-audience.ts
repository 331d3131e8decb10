import type { Label } from '../field.ts';
import type { Subject } from '../filter.ts';
import { AUDIENCE_SHAPES, type AudienceFormat } from './audience-format.ts';

/** What whoever takes a list to a platform should know of it. */
export function explainAudience(subject: Subject, format: AudienceFormat, exported: number): Label[] {
  const { fewest } = AUDIENCE_SHAPES[format];
  const notes: Label[] = [];
  if (subject === 'bot_users') notes.push(BOT_USERS[format]);
  if (exported < fewest) {
    notes.push({
      en: `${exported} people: the platform uses no list of fewer than ${fewest} that it recognises, and recommends a thousand or more.`,
      pt: `${exported} pessoas: a plataforma não usa listas com menos de ${fewest} pessoas reconhecidas e recomenda mil ou mais.`,
    });
  }
  return notes;
}

const BOT_USERS: Readonly<Record<AudienceFormat, Label>> = {
  meta: {
    en: 'Telegram gives no e-mail and no phone. Meta can recognise these people only by extern_id, the external_id that the Conversions API was told of their events (map the column to External ID), and by name and place. Click ids and cookies (fbclid, fbc, fbp) are no keys of a customer list.',
    pt: 'O Telegram não informa e-mail nem telefone. A Meta só reconhece estas pessoas pelo extern_id, o external_id informado à API de Conversões (associe a coluna a "ID externo"), e por nome e local. Identificadores de clique e cookies (fbclid, fbc, fbp) não são chaves de lista de clientes.',
  },
  google: {
    en: 'Telegram gives no e-mail, no phone and no postal address, and Google matches a customer list by nothing else: people in bots cannot be exported for Google.',
    pt: 'O Telegram não informa e-mail, telefone nem endereço postal, e o Google só reconhece listas de clientes por eles: pessoas dos bots não podem ser exportadas para o Google.',
  },
};
