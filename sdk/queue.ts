import { readCookies } from './cookies.ts';
import { change, type Kept, readKept, without } from './device.ts';
import { guarded, on } from './guard.ts';
import type { Item } from './item.ts';
import type { Settings } from './settings.ts';

const SEND_AFTER_MS = 1000;
const MAX_WAITING = 200;
const MAX_BATCH = 50;
// Browsers refuse a keepalive request or a beacon of more than 64 KiB.
const MAX_KEEPALIVE = 6e4;

let settings: Settings;
let timer = 0;
let failures = 0;
// The entries that are on their way, as text.
let isForbidden = false;
let flying = '';

/** Begins with what an earlier page could not send. */
export function startQueue(its: Settings): void {
  settings = its;
  on(window, 'online', () => flush());
  // The page's own policy forbids our address: trying again would only fill its console.
  on(document, 'securitypolicyviolation', (event) => {
    isForbidden ||= its.api.startsWith((event as SecurityPolicyViolationEvent).blockedURI || '-');
  });
  sendLater();
}

/** Puts an item in the queue, in the session that is worked out in the same step; one with the same id that still waits there is replaced. */
export function enqueue(item: Item, readSession: (kept: Kept) => string): void {
  change((kept) => {
    const others = kept.queue.filter(([, other]) => other.id !== item.id);
    kept.queue = [...others, [readSession(kept), item] as const].slice(-MAX_WAITING);
  });
  if (item.type === 'lead') flush();
  else sendLater();
}

/** Sends what waits, session by session. `isLeaving`: the page may be gone before an answer comes. */
export function flush(isLeaving?: boolean): void {
  if (isForbidden || !navigator.onLine || (flying && !isLeaving)) return;
  const waiting = without(readKept().queue, flying);
  const [first] = waiting;
  if (!first) return;
  const batch = waiting.filter(([session]) => session === first[0]).slice(0, MAX_BATCH);
  const body = JSON.stringify({
    domain_id: settings.domain,
    session_id: first[0],
    sent_at: new Date(),
    // Read only now: pixels set theirs after us, and the first look at them costs milliseconds.
    items: batch.map(([, item]) => (item.type === 'event' ? item : { ...item, cookies: readCookies() })),
  });
  const sent = JSON.stringify(batch);
  if (!isLeaving) send(body, sent);
  else if (navigator.sendBeacon(settings.api, body)) {
    drop(sent);
    flush(isLeaving);
  }
}

// Plain text needs no preflight, and cookies have no business here.
function send(body: string, sent: string): void {
  const settle = guarded((isAnswered: boolean) => {
    flying = '';
    failures = isAnswered ? 0 : failures + 1;
    if (isAnswered) drop(sent);
    if (readKept().queue[0]) sendLater();
  });
  // A refusal counts as an answer: the same body would be refused again.
  fetch(settings.api, {
    method: 'POST',
    body,
    keepalive: body.length < MAX_KEEPALIVE,
    credentials: 'omit',
  }).then(
    ({ status }) => settle(status < 500 && status !== 429),
    () => settle(false),
  );
  // Not before: a page's own fetch may throw at once, and then nothing is on its way.
  flying = sent;
}

function drop(sent: string): void {
  change((kept) => {
    kept.queue = without(kept.queue, sent);
  });
}

function sendLater(): void {
  if (timer !== 0) return;
  timer = setTimeout(
    guarded(() => {
      timer = 0;
      flush();
    }),
    // 1, 2, 9, 28, 65 … seconds.
    SEND_AFTER_MS * (failures ** 3 + 1),
  );
}
