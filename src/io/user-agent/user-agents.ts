import type { Device } from '../../domain/device.ts';
import { Memo } from '../memo.ts';
import { type DeviceEvidence, readDevice } from './read-user-agent.ts';

/** Reads devices, remembering the user agents seen last. */
export interface UserAgents {
  device(evidence: DeviceEvidence): Device;
}

const REMEMBERED = 10_000;

// The first look compiles a few hundred patterns (15 ms); no click should wait for that.
const WARM_UP = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0.63.82;]',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  `Mozilla/5.0 (${'x'.repeat(900)}`,
];

/** Opens the reader, warm. */
export function openUserAgents(): UserAgents {
  const memo = new Memo<Device>(REMEMBERED);
  for (const userAgent of WARM_UP) readDevice({ userAgent, hints: {} });
  return {
    device(evidence) {
      const hints = Object.entries(evidence.hints).flat().join('\n');
      const key = `${evidence.userAgent?.slice(0, 1024) ?? ''}\n${hints}`;
      return memo.get(key, () => readDevice(evidence));
    },
  };
}
