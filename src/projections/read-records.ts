import { buildClick, type Click } from '../domain/click.ts';
import type { ClickFact } from '../domain/facts.ts';
import { buildIpHash } from '../domain/ip-hash.ts';
import type { LogRecord } from '../log/read-log.ts';
import { findBotReasons } from './bot-reasons.ts';
import type { PlacedRecord } from './fold-batch.ts';
import { readFact } from './read-fact.ts';

/** What a stretch of the log holds: what can be folded, and what cannot by this version. */
export interface ReadRecords {
  readonly records: readonly PlacedRecord[];
  readonly refused: readonly LogRecord[];
}

/** Works a click's fact out as far as the request alone allows: address hash and bot marks included. */
export function buildRecordedClick(fact: ClickFact, ipHashSalt: string): Click {
  const click = buildClick(fact);
  const botReasons = findBotReasons(click.clientUserAgent);
  return {
    ...click,
    ipHash: buildIpHash(ipHashSalt, click.clientIp),
    isBotDetected: botReasons.length > 0,
    botReasons,
  };
}

/** Reads log records; a record that cannot be understood is refused and never an error. */
export function readRecords(found: readonly LogRecord[], ipHashSalt: string): ReadRecords {
  const records: PlacedRecord[] = [];
  const refused: LogRecord[] = [];
  for (const record of found) {
    const placed = readRecord(record, ipHashSalt);
    if (placed) records.push(placed);
    else refused.push(record);
  }
  return { records, refused };
}

function readRecord({ json, position }: LogRecord, ipHashSalt: string): PlacedRecord | null {
  const fact = readFact(json);
  if (fact === null) return null;
  const place = { segment: position.segment, offset: position.offset };
  if (fact.kind === 'click')
    return { kind: 'click', click: buildRecordedClick(fact, ipHashSalt), place, json };
  return fact.kind === 'uncounted'
    ? { kind: 'uncounted', fact, place, json }
    : { kind: 'late', fact, place, json };
}
