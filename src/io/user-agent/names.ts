import type { Device } from '../../domain/device.ts';

// One name for one browser, whatever shell it runs in.
const BROWSERS: Readonly<Record<string, string>> = {
  'Mobile Safari': 'Safari',
  WebKit: 'Safari',
  'Chrome WebView': 'Chrome',
  'Chrome Headless': 'Chrome',
  'Mobile Chrome': 'Chrome',
  'Mobile Firefox': 'Firefox',
  'Firefox Focus': 'Firefox',
  'Firefox Reality': 'Firefox',
  'Opera Mobi': 'Opera',
  'Opera Touch': 'Opera',
  'Opera GX': 'Opera',
  'Opera Coast': 'Opera',
  IEMobile: 'IE',
  GSA: 'Google',
};

const SYSTEMS: Readonly<Record<string, string>> = {
  'Mac OS': 'macOS',
  'Chromium OS': 'ChromeOS',
  'Windows Mobile': 'Windows Phone',
  'Android-x86': 'Android',
  GNU: 'Linux',
};
const LINUXES =
  /^(?:Ubuntu|Debian|Fedora|Mint|Arch|openSUSE|SUSE|CentOS|RedHat|Gentoo|Slackware|Mageia|Mandriva|Manjaro|Raspbian|elementary OS)$/;

/** The browser under its one name; an Android app's web view is a Chrome, whatever the parser took it for. */
export function nameBrowser(found: {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly text: string;
}): Pick<Device, 'browserName' | 'browserVersion'> {
  const chrome = found.name === 'Android Browser' ? /Chrome\/([\d.]+)/.exec(found.text)?.[1] : undefined;
  if (chrome !== undefined) return { browserName: 'Chrome', browserVersion: chrome };
  const { name, version = null } = found;
  // The number of the engine is not one of the browser.
  if (name === 'WebKit') return { browserName: 'Safari', browserVersion: null };
  return { browserName: name === undefined ? null : (BROWSERS[name] ?? name), browserVersion: version };
}

/** The system under its one name. */
export function nameOs(name: string | undefined): string | null {
  if (name === undefined) return null;
  return LINUXES.test(name) ? 'Linux' : (SYSTEMS[name] ?? name);
}
