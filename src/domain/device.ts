import type { InApp } from './in-app.ts';

/** What a person holds, as the user agent and the client hints tell; null where they do not. */
export interface Device {
  /** The family: `iPhone`, `iPad`, `Samsung SM-S911B`, `Android` (a phone that hides its model), `PC`. */
  readonly deviceType: string | null;
  readonly browserName: string | null;
  readonly browserVersion: string | null;
  readonly osName: string | null;
  readonly osVersion: string | null;
  readonly inApp: InApp | null;
  readonly isMobile: boolean | null;
  readonly isTablet: boolean | null;
  readonly isPc: boolean | null;
}

/** Nothing is known: there is no user agent. */
export const UNKNOWN_DEVICE: Device = {
  deviceType: null,
  browserName: null,
  browserVersion: null,
  osName: null,
  osVersion: null,
  inApp: null,
  isMobile: null,
  isTablet: null,
  isPc: null,
};
