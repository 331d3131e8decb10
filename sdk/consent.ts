import { allowDevice, keepConsent } from './device.ts';
import type { Choice, Consent } from './item.ts';

// Null: the site asks and the person has not answered; a part that is absent is left to the workspace's default.
let consent: Consent | null;
// A choice of the person, or `ask` on the script tag, stands above any default of Google's consent mode.
let isSettled: boolean;
let onChange: () => void;

const both = (choice: Choice): Consent => ({ ads: choice, analytics: choice });

/** The choice as it goes with an item; null while the person has not answered. */
export const readConsent = (): Consent | null => consent;

/** Whether a purpose is allowed, or left to the workspace's default. */
export const isGranted = (purpose: keyof Consent): boolean =>
  consent !== null && consent[purpose] !== 'denied';

/** Whether a visit may be measured and the device used. */
export const mayMeasure = (): boolean => isGranted('ads') || isGranted('analytics');

/** Starts from an earlier choice, else from the script tag (`ask`, `granted` or nothing); then tells of every change. */
export function startConsent(
  earlier: Consent | undefined,
  mode: string | undefined,
  listener: () => void,
): void {
  const asks = mode === 'ask';
  isSettled = asks || earlier !== undefined;
  onChange = listener;
  take(earlier ?? (asks ? null : mode === 'granted' ? both(mode) : {}));
}

/** Takes what the site assumes until the person answers; no to everything means that it asks first. */
export function assumeConsent(choice: Consent): void {
  if (isSettled) return;
  take(choice.ads === 'denied' && choice.analytics === 'denied' ? null : complete(choice));
  onChange();
}

/** Takes a person's choice and remembers it; after a refusal of everything only the refusal is kept. */
export function saveConsent(choice: Consent): void {
  isSettled = true;
  const chosen = complete(choice);
  take(chosen);
  keepConsent(chosen);
  onChange();
}

// The browser's own "do not sell" signal is a no to ads, whatever the site says.
function take(choice: Consent | null): void {
  consent = choice && navigator.globalPrivacyControl ? { ...choice, ads: 'denied' } : choice;
  allowDevice(mayMeasure());
}

// Where the site asks, silence about a purpose is a no.
function complete({ ads, analytics }: Consent): Consent {
  const before = consent ?? both('denied');
  return { ads: ads ?? before.ads, analytics: analytics ?? before.analytics };
}

/** Understands `granted`, `denied`, true and false; what it does not understand is a no. */
export function readChoice(value: unknown): Choice | undefined {
  if (value == null) return undefined;
  return value === true || value === 'granted' ? 'granted' : 'denied';
}
