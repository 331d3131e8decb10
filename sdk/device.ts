import type { Consent, Item } from './item.ts';

/** A session: its id, the last activity (ms) and the UTMs and click ids that opened it. */
interface StoredSession {
  readonly id: string;
  at: number;
  readonly touch: string;
}

/** An item that waits for the server's answer, with its session's id. */
export type Entry = readonly [sessionId: string, item: Item];

/** All that the script keeps, under one key. */
export interface Kept {
  session?: StoredSession;
  consent?: Consent;
  variants: Record<string, string>;
  queue: readonly Entry[];
}

let key: string;
let isAllowed: boolean;
let kept: Kept = { variants: {}, queue: [] };

/** Names the place on the device, and answers the choice that a person made on an earlier page. */
export function openDevice(domainId: string | undefined): Consent | undefined {
  key = `rastro.${domainId}`;
  return readStored().consent;
}

/** Whether the rest may be read and written from here on; until then everything stays in memory. */
export function allowDevice(allowed: boolean): void {
  isAllowed = allowed;
}

/** Remembers a choice; where it is a refusal, nothing else stays on the device and nothing waits to be sent. */
export function keepConsent(consent: Consent): void {
  if (isAllowed) {
    change((all) => {
      all.consent = consent;
    });
  } else {
    // The page goes on showing the variants that it shows.
    kept = { variants: kept.variants, queue: [] };
    write({ consent });
  }
}

/** What is kept now, other tabs' changes included. */
export function readKept(): Kept {
  if (isAllowed) {
    const stored = readStored();
    const theirs = stored.queue ?? [];
    // Two tabs that write at the same moment may undo each other; what is missing there, this page still has.
    const ours = without(kept.queue, JSON.stringify(theirs));
    kept = { ...kept, ...stored, queue: [...theirs, ...ours] };
  }
  return kept;
}

/** The entries that do not stand in a text of entries: the same item may be in both, here with more in it. */
export function without(entries: readonly Entry[], text: string): readonly Entry[] {
  return entries.filter((entry) => !text.includes(JSON.stringify(entry)));
}

/** Changes what is kept; read and write are one step, so that tabs do not undo each other. */
export function change(work: (kept: Kept) => void): void {
  work(readKept());
  if (isAllowed) write(kept);
}

function readStored(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}');
  } catch {
    // Storage is blocked or spoilt: memory serves for this page.
    return {};
  }
}

function write(value: Partial<Kept>): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or blocked: memory serves for this page.
  }
}
