/** Where a page is: the site that it belongs to, and its address without query and fragment. */
export interface PageUrl {
  /** `https://example.com`, lower case, without a default port. */
  readonly origin: string;
  readonly url: string;
}

/** Reads the absolute http or https address of a page; null if it is none, or holds a user name. */
export function readPageUrl(text: string): PageUrl | null {
  const url = /\s/.test(text.trim()) ? null : URL.parse(text.trim());
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return { origin: url.origin, url: url.origin + url.pathname };
}
