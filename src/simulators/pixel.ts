/** An event as the browser's pixel told it. */
export interface BrowserEvent {
  readonly pixelId: string;
  readonly name: string;
  /** Empty for an event without one. */
  readonly eventId: string;
  readonly fbp: string | null;
  readonly fbc: string | null;
  /** Where the page was, as the browser says. */
  readonly pageUrl: string;
  readonly userAgent: string | null;
  /** Everything that was sent, by its own names. */
  readonly raw: Readonly<Record<string, string>>;
  /** When it came, ms since the epoch. */
  readonly at: number;
}

const MOST_KEPT = 5_000;
const MAX_FIELDS = 100;
const MAX_VALUE = 4_000;

/** What Meta's own servers do with a pixel's calls: takes them and keeps the last 5,000. */
export class PixelSimulator {
  readonly #now: () => number;
  readonly #pixelId: string;
  #received: BrowserEvent[] = [];

  /** `pixelId` is the only pixel that is known here; `now` in ms since the epoch. */
  constructor(options: { readonly pixelId: string; readonly now: () => number }) {
    this.#pixelId = options.pixelId;
    this.#now = options.now;
  }

  get received(): readonly BrowserEvent[] {
    return this.#received;
  }

  /** Takes one call; another pixel's are dropped, as an unknown one's are at Meta. */
  receive(fields: URLSearchParams, userAgent: string | null): void {
    if (fields.get('id') !== this.#pixelId) return;
    const entries = [...fields].slice(0, MAX_FIELDS);
    const raw = Object.fromEntries(
      entries.map(([name, value]) => [name.slice(0, 100), value.slice(0, MAX_VALUE)]),
    );
    const event: BrowserEvent = {
      pixelId: this.#pixelId,
      name: raw.ev ?? '',
      eventId: raw.eid ?? '',
      fbp: raw.fbp || null,
      fbc: raw.fbc || null,
      pageUrl: raw.dl ?? '',
      userAgent: userAgent?.slice(0, 500) ?? null,
      raw,
      at: this.#now(),
    };
    this.#received = [...this.#received, event].slice(-MOST_KEPT);
  }
}
