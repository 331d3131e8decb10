// What pages and browsers may have beyond the standard library of types.
interface Window {
  /** Google's queue of calls, if the site uses its tags. */
  readonly dataLayer?: unknown;
  /** Ours; before the script has come, an array of calls that the page wants made. */
  rastro?: { readonly variant?: unknown };
}

interface Navigator {
  readonly globalPrivacyControl?: boolean;
}

interface Document {
  readonly prerendering?: boolean;
}
