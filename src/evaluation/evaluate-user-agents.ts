import type { Device } from '../domain/device.ts';
import { readDevice } from '../io/user-agent/read-user-agent.ts';
import { readCases, type Score, scoreCases } from './cases.ts';

/** How often device, system and app are read as the browser itself, or the app, says. */
export function evaluateUserAgents(): readonly Score[] {
  const browsers = readCases('user-agents.tsv').map(([form = '', os = '', userAgent = '']) => ({
    form,
    os,
    device: readDevice({ userAgent, hints: {} }),
  }));
  const apps = readCases('in-app.tsv').map(
    ([app = '', type = '', os = '', version = '', userAgent = '']) => ({
      ...{ app, type, os, version },
      device: readDevice({ userAgent, hints: {} }),
    }),
  );
  return [
    scoreCases('phone, tablet or computer', browsers, ({ form, device }) => form === formOf(device)),
    scoreCases('system', browsers, ({ os, device }) => isSystem(os, device.osName)),
    scoreCases('app', apps, ({ app, device }) => app === device.inApp),
    scoreCases('device in an app', apps, ({ type, device }) => type === device.deviceType),
    scoreCases(
      'system and version in an app',
      apps,
      ({ os, version, device }) => os === device.osName && version === device.osVersion,
    ),
  ];
}

function formOf({ isMobile, isTablet, isPc }: Device): string {
  if (isMobile === true) return 'mobile';
  if (isTablet === true) return 'tablet';
  return isPc === true ? 'desktop' : 'other';
}

/** The labels come from `navigator.platform`, where a Chromebook is a Linux machine. */
function isSystem(label: string, found: string | null): boolean {
  return found === label || (label === 'Linux' && found === 'ChromeOS');
}
