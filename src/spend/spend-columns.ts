/** What a column of an export may hold. */
export type SpendColumn =
  | 'day'
  | 'start'
  | 'end'
  | 'cost'
  | 'currency'
  | 'campaignName'
  | 'campaignId'
  | 'adSetName'
  | 'adName'
  | 'accountId'
  | 'accountName'
  | 'impressions'
  | 'clicks'
  | 'platform'
  | 'utmSource'
  | 'utmCampaign';

// As Ads Manager, Google Ads, TikTok Ads Manager and Campaign Manager write them in English and in Portuguese, without
// accents, in the order of preference: link clicks rather than all clicks.
const NAMES: Readonly<Record<SpendColumn, readonly string[]>> = {
  day: ['day', 'dia', 'by day', 'por dia', 'date', 'data', 'stat time day'],
  start: [
    'reporting starts',
    'inicio dos relatorios',
    'start date (in utc)',
    'data de inicio (em utc)',
    'data de inicio (utc)',
    'start date',
    'data de inicio',
  ],
  end: [
    'reporting ends',
    'encerramento dos relatorios',
    'termino dos relatorios',
    'end date (in utc)',
    'data de termino (em utc)',
    'data de termino (utc)',
    'end date',
    'data de termino',
  ],
  cost: [
    'amount spent',
    'valor usado',
    'valor gasto',
    'quantia gasta',
    'total spent',
    'total gasto',
    'valor total gasto',
    'cost',
    'custo',
    'total cost',
    'custo total',
    'spend',
    'gasto',
  ],
  currency: ['currency', 'moeda', 'currency code', 'codigo da moeda'],
  campaignName: ['campaign name', 'nome da campanha', 'campaign', 'campanha'],
  campaignId: ['campaign id', 'id da campanha', 'identificacao da campanha', 'codigo da campanha'],
  adSetName: [
    'ad set name',
    'nome do conjunto de anuncios',
    'ad group name',
    'nome do grupo de anuncios',
    'ad group',
    'grupo de anuncios',
  ],
  adName: ['ad name', 'nome do anuncio', 'creative name', 'nome do criativo'],
  accountId: ['account id', 'id da conta', 'identificacao da conta', 'customer id', 'codigo do cliente'],
  accountName: ['account name', 'nome da conta', 'account', 'conta'],
  impressions: ['impressions', 'impressoes', 'impr.', 'impr'],
  clicks: [
    'link clicks',
    'cliques no link',
    'clicks (destination)',
    'cliques (destino)',
    'clicks',
    'cliques',
    'clicks (all)',
    'cliques (todos)',
  ],
  platform: ['platform', 'plataforma'],
  utmSource: ['utm_source', 'utm source'],
  utmCampaign: ['utm_campaign', 'utm campaign'],
};

/** A header that was understood. */
export interface SpendHeader {
  /** Where each column stands. */
  readonly columns: Readonly<Partial<Record<SpendColumn, number>>>;
  /** As the header of the cost says it: `Amount spent (BRL)`. */
  readonly currency: string | null;
  /** Whose export it is; null if it could be anybody's. */
  readonly platform: 'meta' | 'google_ads' | 'tiktok' | 'linkedin' | null;
  readonly isPortuguese: boolean;
}

/** Understands the header of an export; null if these cells are no header of one (a title, a row of numbers). */
export function readSpendHeader(cells: readonly string[]): SpendHeader | null {
  const names = cells.map(readName);
  const found = Object.entries(NAMES).flatMap(([column, known]) => {
    const name = known.find((one) => names.includes(one));
    return name === undefined ? [] : [[column, names.indexOf(name)] as const];
  });
  const columns: SpendHeader['columns'] = Object.fromEntries(found);
  if (columns.cost === undefined || (columns.day ?? columns.start) === undefined) return null;
  const cost = cells[columns.cost] ?? '';
  return {
    columns,
    currency: CURRENCY.exec(cost.trim())?.[1] ?? null,
    platform: findPlatform(names, names[columns.cost] ?? ''),
    isPortuguese: names.some((name) =>
      /^(dia|data|custo|valor|campanha|nome d|total gasto|inicio)/.test(name),
    ),
  };
}

const CURRENCY = /\(([A-Z]{3})\)$/;

/** `Valor usado (BRL)` -> `valor usado`; a mark at the file's head goes too. */
function readName(cell: string): string {
  const bare = cell
    .replace(/^\ufeff/, '')
    .trim()
    .replace(CURRENCY, '');
  return bare.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

function findPlatform(names: readonly string[], cost: string): SpendHeader['platform'] {
  const has = (...wanted: string[]) => wanted.some((name) => names.includes(name));
  if (['amount spent', 'valor usado', 'valor gasto', 'quantia gasta'].includes(cost)) return 'meta';
  if (['total spent', 'total gasto', 'valor total gasto'].includes(cost)) return 'linkedin';
  if (!['cost', 'custo', 'spend', 'total cost', 'custo total'].includes(cost)) return null;
  if (has('by day', 'por dia', 'clicks (destination)', 'cliques (destino)', 'stat time day')) return 'tiktok';
  if (has('campaign', 'campanha', 'impr.', 'currency code', 'codigo da moeda')) return 'google_ads';
  return has('campaign name', 'nome da campanha') && has('ad group name', 'nome do grupo de anuncios')
    ? 'tiktok'
    : null;
}
