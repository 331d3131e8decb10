import { sql, type Transaction } from 'kysely';
import { buildId } from '../../domain/ids.ts';
import { readPageUrl } from '../../domain/page-url.ts';
import { buildIndexableText } from '../../domain/storable-text.ts';
import type { Database } from '../../io/database.gen.ts';
import type { OpenSession } from './open-sessions.ts';
import { columnList, recordSet } from './record-set.ts';

const MAX_LENGTH = 2048;
/** PostgreSQL refuses an index entry of more than 2,704 bytes. */
const MAX_BYTES = 2600;

/** The pages of a batch by domain and address. */
export class PageIds {
  readonly #ids: ReadonlyMap<string, string>;

  constructor(ids: ReadonlyMap<string, string>) {
    this.#ids = ids;
  }

  /** The page of an address as it was posted; null for none. */
  of(domainId: string, pageUrl: string | null): string | null {
    const url = readUrl(pageUrl);
    return url === null ? null : (this.#ids.get(keyOf(domainId, url)) ?? null);
  }
}

const keyOf = (domainId: string, url: string): string => `${domainId} ${url}`;

function readUrl(pageUrl: string | null): string | null {
  const url = pageUrl === null ? null : (readPageUrl(pageUrl)?.url ?? null);
  return url === null ? null : buildIndexableText(url, MAX_LENGTH, MAX_BYTES);
}

const COLUMNS = { page_id: 'uuid', workspace_id: 'uuid', domain_id: 'uuid', page_url: 'text' } as const;

type PageRow = Record<keyof typeof COLUMNS, string>;

/** Finds or makes the landing pages that these sessions' items name. */
export async function findPages(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
): Promise<PageIds> {
  const wanted = listPages(sessions);
  const known = await selectPages(db, wanted);
  const missing = wanted.filter((page) => !known.has(keyOf(page.domain_id, page.page_url)));
  if (missing.length === 0) return new PageIds(known);
  await sql`
    insert into landing_pages (${columnList(COLUMNS)})
    select ${columnList(COLUMNS)} from ${recordSet(COLUMNS, missing)}
    on conflict do nothing`.execute(db);
  return new PageIds(new Map([...known, ...(await selectPages(db, missing))]));
}

/** Each page once, in one order everywhere. */
function listPages(sessions: readonly OpenSession[]): readonly PageRow[] {
  const pages = new Map<string, PageRow>();
  for (const { domainId, workspaceId, visits } of sessions) {
    for (const { pageUrl } of visits.flatMap((visit) => visit.items)) {
      const url = readUrl(pageUrl);
      if (url === null || pages.has(keyOf(domainId, url))) continue;
      const page = { page_id: buildId(), workspace_id: workspaceId, domain_id: domainId, page_url: url };
      pages.set(keyOf(domainId, url), page);
    }
  }
  return [...pages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, page]) => page);
}

async function selectPages(
  db: Transaction<Database>,
  pages: readonly PageRow[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<Pick<PageRow, 'page_id' | 'domain_id' | 'page_url'>>`
    select p.page_id, p.domain_id, p.page_url
    from ${recordSet(COLUMNS, pages)} join landing_pages p on p.domain_id = r.domain_id and p.page_url = r.page_url`.execute(
    db,
  );
  return new Map(rows.map((row) => [keyOf(row.domain_id, row.page_url), row.page_id]));
}
