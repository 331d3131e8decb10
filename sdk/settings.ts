/** What the site's owner wrote on the script tag. */
export interface Settings {
  /** The domain's id. */
  readonly domain?: string;
  /** Absolute URL that takes the items. */
  readonly api: string;
  /** `ask` or `granted`. */
  readonly consent?: string;
  /** Present: a change of the part after `#` is another page. */
  readonly hash?: string;
  /** `test:a,b;other:x,y`. */
  readonly variants?: string;
}

/** Reads the script's own tag; null where there is none. */
export function readSettings(): Settings | null {
  const tag = (document.currentScript ??
    document.querySelector('[data-domain][src*="/r."]')) as HTMLScriptElement | null;
  // Relative to the script, so that a proxy which gives it another folder needs nothing more.
  return tag && { ...tag.dataset, api: new URL(tag.dataset.api ?? 'api/collect', tag.src).href };
}
