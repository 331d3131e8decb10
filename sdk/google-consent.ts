import { assumeConsent, readChoice, saveConsent } from './consent.ts';
import { guarded } from './guard.ts';

let last: unknown;

/**
 * Reads what is new in Google's `dataLayer`: `gtag('consent', 'default' | 'update', …)`. It only looks: wrapping `push`
 * would stand in the way of tag managers that do the same.
 */
export const observeGoogleConsent = guarded(() => {
  const { dataLayer } = window;
  if (!Array.isArray(dataLayer)) return;
  // A tag manager shortens a long layer from its beginning; if our place is gone, all is read again, in order.
  const fresh = dataLayer.slice(dataLayer.lastIndexOf(last) + 1);
  last = dataLayer[dataLayer.length - 1];
  for (const entry of fresh) {
    const purposes = entry?.[2];
    if (!purposes || entry[0] !== 'consent') continue;
    // Ads take both: the storage, and the use of a person's data.
    const ads = purposes.ad_user_data === 'denied' ? 'denied' : readChoice(purposes.ad_storage);
    const analytics = readChoice(purposes.analytics_storage);
    (entry[1] === 'update' ? saveConsent : assumeConsent)({ ads, analytics });
  }
});
