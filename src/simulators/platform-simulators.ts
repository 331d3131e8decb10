import { buildGa4Simulator } from './ga4.ts';
import { buildGoogleSimulator } from './google.ts';
import { buildLinkedinSimulator } from './linkedin.ts';
import { buildTiktokSimulator } from './tiktok.ts';
import { buildUtmifySimulator } from './utmify.ts';
import type { VendorSimulator } from './vendor-simulator.ts';

/** Simulated ad platforms by the name in their address; Meta has one of its own. */
export type PlatformSimulators = Readonly<Record<string, VendorSimulator>>;

/** Opens a simulator of every platform but Meta. */
export function openPlatformSimulators(clock: { readonly now: () => number }): PlatformSimulators {
  return {
    google: buildGoogleSimulator(clock),
    tiktok: buildTiktokSimulator(clock),
    linkedin: buildLinkedinSimulator(clock),
    ga4: buildGa4Simulator(clock),
    utmify: buildUtmifySimulator(clock),
  };
}
