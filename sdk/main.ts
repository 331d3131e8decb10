import { type Call, publishApi } from './api.ts';
import { watchClicks } from './clicks.ts';
import { startConsent } from './consent.ts';
import { openDevice } from './device.ts';
import { observeGoogleConsent } from './google-consent.ts';
import { guarded, on } from './guard.ts';
import { watchForms } from './leads.ts';
import { watchNavigation } from './navigation.ts';
import { startQueue } from './queue.ts';
import { watchScroll } from './scroll.ts';
import { readSettings, type Settings } from './settings.ts';
import { applyVariants } from './variants.ts';
import { watchVideos } from './video.ts';
import { releaseHeld, startViews } from './view.ts';

const CONSENT_CHECK_MS = 500;

function start(settings: Settings): void {
  const { rastro } = window;
  // Included twice, it would count twice.
  if (rastro?.variant) return;
  const early: unknown[] = Array.isArray(rastro) ? rastro : [];
  startQueue(settings);
  startConsent(openDevice(settings.domain), settings.consent, releaseHeld);
  observeGoogleConsent();
  const push = publishApi();
  // A refusal that the page has already told comes before the first page view, whatever its place in the array.
  const isConsent = (call: unknown) => (call as Call | null)?.[0] === 'consent';
  early.filter(isConsent).forEach(push);
  const beginScroll = watchScroll();
  startViews(() => {
    beginScroll();
    applyVariants(settings.variants);
  });
  watchNavigation(settings.hash !== undefined);
  watchClicks();
  watchVideos();
  watchForms();
  early.filter((call) => !isConsent(call)).forEach(push);
  setInterval(observeGoogleConsent, CONSENT_CHECK_MS);
}

guarded(() => {
  // The script's own tag is known only now.
  const settings = readSettings();
  if (!settings?.domain) return;
  // A page that is made ready ahead of its visit is not a visit.
  if (document.prerendering) on(document, 'prerenderingchange', () => start(settings));
  else start(settings);
})();
