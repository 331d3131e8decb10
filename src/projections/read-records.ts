import { buildClick, type Click } from '../domain/click.ts';
import type { ClickFact } from '../domain/facts.ts';
import { buildIpHash } from '../domain/ip-hash.ts';
import type { LogRecord } from '../log/read-log.ts';
import type { Enricher } from './enrich.ts';
import type { PlacedRecord } from './placed-record.ts';
import { readFact } from './read-fact.ts';
import { buildVisit } from './visits/read-visit.ts';

/** What a stretch of the log holds: what can be folded, and what cannot by this version. */
export interface ReadRecords {
  readonly records: readonly PlacedRecord[];
  readonly refused: readonly LogRecord[];
}

/** What a record is worked out with. */
type RecordTools = Pick<Enricher, 'click' | 'origin'>;

/** What a click is worked out with where nothing is folded. */
export interface ClickTools {
  readonly ipHashSalt: string;
  readonly enricher: Pick<Enricher, 'click'>;
}

/** Works a click's fact out as far as the request alone allows: address hash, place, device and bot marks included. */
export function buildRecordedClick(fact: ClickFact, { ipHashSalt, enricher }: ClickTools): Click {
  return hashClick(enricher.click(buildClick(fact)), ipHashSalt);
}

/** The click with what a salt makes of its address. */
export function hashClick(click: Click, salt: string): Click {
  return { ...click, ipHash: buildIpHash(salt, click.clientIp) };
}

/** Reads log records, without what the salt of the moment makes of addresses; a record that cannot be understood is refused and never an error. */
export function readRecords(found: readonly LogRecord[], tools: RecordTools): ReadRecords {
  const records: PlacedRecord[] = [];
  const refused: LogRecord[] = [];
  for (const record of found) {
    const placed = readRecord(record, tools);
    if (placed) records.push(placed);
    else refused.push(record);
  }
  return { records, refused };
}

function readRecord({ json, position }: LogRecord, tools: RecordTools): PlacedRecord | null {
  const fact = readFact(json);
  if (fact === null) return null;
  const place = { segment: position.segment, offset: position.offset };
  if (fact.kind === 'erased') return { kind: 'erased', place, json };
  if (fact.kind === 'click') return { kind: 'click', click: tools.click(buildClick(fact)), place, json };
  if (fact.kind === 'collect') return { kind: 'visit', visit: buildVisit(fact, tools), place, json };
  return fact.kind === 'uncounted'
    ? { kind: 'uncounted', fact, place, json }
    : { kind: 'late', fact, place, json };
}
