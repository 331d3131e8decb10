import { mayMeasure, readConsent } from './consent.ts';
import type { Kept } from './device.ts';
import { observeGoogleConsent } from './google-consent.ts';
import { on } from './guard.ts';
import { buildId } from './id.ts';
import type { Item } from './item.ts';
import { buildPageUrl, buildTouch } from './page-url.ts';
import { enqueue, flush } from './queue.ts';

const IDLE_MS = 30 * 60 * 1000;
const MAX_HELD = 200;

/** A page that is or was in view; everything that happens on it belongs to its session. */
interface View {
  page: Item;
  session?: string;
  /** Last activity, ms. */
  at: number;
  /** Since when it is visible (ms of the page's own clock); 0 = it is not. */
  since: number;
  visibleMs: number;
}

let view: View;
let held: (readonly [View, Item])[] = [];
let onOpen: () => void;

/** Begins the first page view; `listener` hears of it and of every later one. */
export function startViews(listener: () => void): void {
  onOpen = listener;
  openView(document.referrer);
  on(document, 'visibilitychange', () => (document.hidden ? hide() : show()));
  on(window, 'pagehide', hide);
  // Back or forward to a page that the browser had kept whole: nothing loads, and yet it is a new view.
  on(window, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) openView();
  });
}

/** Ends the page view and begins the next, with the page's address as it is now. */
export function openView(referrer?: string): void {
  // Unset only before the very first.
  if (view?.since) closeView(false);
  const page = buildItem('page_view', {
    page_url: buildPageUrl(location.href),
    title: document.title,
    referrer,
  });
  view = { page, at: Date.now(), since: document.hidden ? 0 : performance.now(), visibleMs: 0 };
  keep(view, page);
  onOpen();
}

/** Adds what happened on the page in view; answers its id. After half an hour without activity the page counts as opened anew. */
export function addItem(type: 'event' | 'lead', fields: Record<string, unknown>): string {
  revive();
  const item = buildItem(type, { page_url: view.page.page_url, ...fields });
  keep(view, item);
  return item.id;
}

/** What waited for the person's answer goes its way, or is forgotten. */
export function releaseHeld(): void {
  const waiting = held;
  held = [];
  for (const [itsView, item] of waiting) keep(itsView, item);
}

function buildItem(
  type: Item['type'],
  fields: Record<string, unknown> & { readonly page_url: string },
): Item {
  return { type, id: buildId(), occurred_at: new Date().toISOString(), ...fields };
}

function keep(its: View, item: Item): void {
  observeGoogleConsent();
  // To leave a page after a long rest is no activity: it must not lengthen the session.
  if (isFresh(its.at)) its.at = Date.now();
  const consent = readConsent();
  if (!consent) {
    held = [...held, [its, item] as const].slice(-MAX_HELD);
  } else if (mayMeasure()) {
    enqueue({ ...item, consent }, (kept) => useSession(its, kept));
  } else if (item.type === 'lead') {
    // The person's own act: it goes, but with nothing of the visit and nothing kept.
    enqueue({ ...item, page_url: item.page_url.split('?')[0] ?? '', consent }, buildId);
  }
}

/** The view's session. A view begins another than the running one after half an hour without activity, or with new UTMs or click ids. */
function useSession(its: View, kept: Kept): string {
  let { session } = kept;
  if (!its.session) {
    const touch = buildTouch(its.page.page_url);
    if (!session || !isFresh(session.at) || (touch && touch !== session.touch))
      session = { id: buildId(), at: its.at, touch };
    its.session = session.id;
    kept.session = session;
  }
  if (session?.id === its.session) session.at = Math.max(session.at, its.at);
  return its.session;
}

const isFresh = (at: number): boolean => Date.now() - at < IDLE_MS;

function revive(): void {
  if (!isFresh(view.at)) openView();
}

function show(): void {
  revive();
  view.since ||= performance.now();
}

function hide(): void {
  if (view.since) closeView(true);
  flush(true);
}

// The same item again, with its time: the server keeps the longest.
function closeView(isExit: boolean): void {
  view.visibleMs += performance.now() - view.since;
  view.since = 0;
  view.page = { ...view.page, time_on_page: Math.round(view.visibleMs / 1000), exit_page: isExit };
  keep(view, view.page);
}
