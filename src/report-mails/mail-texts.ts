import type { PageLanguage } from '../http/pages/language.ts';

/** Every word of a report's mail. */
export interface MailTexts {
  readonly week: string;
  readonly month: string;
  readonly to: string;
  readonly tiles: {
    readonly visits: string;
    readonly leads: string;
    readonly conversions: string;
    readonly revenue: string;
    readonly cost: string;
    readonly roas: string;
  };
  readonly before: string;
  readonly nothingBefore: string;
  readonly noCost: string;
  readonly byDay: string;
  readonly bestDay: string;
  readonly campaigns: string;
  readonly sources: string;
  readonly name: string;
  readonly unnamed: string;
  readonly capture: string;
  readonly matched: string;
  readonly pace: string;
  readonly platforms: string;
  readonly states: {
    readonly sent: string;
    readonly failed: string;
    readonly skipped: string;
    readonly waiting: string;
  };
  readonly troubles: string;
  readonly empty: string;
  readonly unconverted: string;
  readonly asOf: string;
  readonly footer: string;
}

/** The words by language. `{x}` stands for what is put in. */
export const MAIL_TEXTS: Readonly<Record<PageLanguage, MailTexts>> = {
  pt: {
    week: 'Relatório da semana',
    month: 'Relatório do mês',
    to: 'a',
    tiles: {
      visits: 'Visitas',
      leads: 'Leads',
      conversions: 'Vendas',
      revenue: 'Receita',
      cost: 'Custo dos anúncios',
      roas: 'ROAS',
    },
    before: '{change} contra o período anterior',
    nothingBefore: 'sem período anterior para comparar',
    noCost: 'importe os custos para ver',
    byDay: 'Receita por dia',
    bestDay: 'Melhor dia: {day}, {amount}.',
    campaigns: 'Campanhas com mais receita',
    sources: 'Origens com mais receita',
    name: 'Nome',
    unnamed: '(sem nome)',
    capture: 'Captura',
    matched: '{share} dos {count} /start vieram com o clique do anúncio.',
    pace: 'Metade das pessoas abre o chat em até {seconds} s depois do clique; 90 %, em até {most} s.',
    platforms: 'Conversões contadas às plataformas',
    states: {
      sent: 'enviadas',
      failed: 'recusadas',
      skipped: 'não enviadas, com motivo',
      waiting: 'na fila',
    },
    troubles: 'Precisa de você',
    empty:
      'Nada foi capturado neste período. Confira se os anúncios apontam para os links do Rastro e se o script está no site.',
    unconverted: 'Fora destes números, por falta de câmbio: valores em {list}.',
    asOf: 'Números de {at}.',
    footer: 'Enviado pelo Rastro de {host}. Quem administra o Rastro pode mudar ou parar este envio.',
  },
  en: {
    week: 'Report of the week',
    month: 'Report of the month',
    to: 'to',
    tiles: {
      visits: 'Visits',
      leads: 'Leads',
      conversions: 'Sales',
      revenue: 'Revenue',
      cost: 'Ad spend',
      roas: 'ROAS',
    },
    before: '{change} against the period before',
    nothingBefore: 'nothing before to compare with',
    noCost: 'import the spend to see it',
    byDay: 'Revenue by day',
    bestDay: 'Best day: {day}, {amount}.',
    campaigns: 'Campaigns by revenue',
    sources: 'Sources by revenue',
    name: 'Name',
    unnamed: '(unnamed)',
    capture: 'Capture',
    matched: '{share} of {count} /start came with the click of their ad.',
    pace: 'Half of the people open the chat within {seconds} s of the click; 90 %, within {most} s.',
    platforms: 'Conversions told to the platforms',
    states: { sent: 'sent', failed: 'refused', skipped: 'not sent, with a reason', waiting: 'waiting' },
    troubles: 'Needs you',
    empty:
      'Nothing was captured in this period. Check that the ads lead to Rastro’s links and that the script is on the site.',
    unconverted: 'Not in these numbers, because there is no exchange rate: amounts in {list}.',
    asOf: 'Numbers as of {at}.',
    footer: 'Sent by the Rastro of {host}. Whoever administers it can change or stop this.',
  },
};

/** Puts values into a text. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
