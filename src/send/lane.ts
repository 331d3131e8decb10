import type { Lane } from './destination-states.ts';
import { LaneRound } from './lane-round.ts';
import type { LaneTools } from './lane-tools.ts';
import { pause } from './pause.ts';

/** Makes one round for a destination: claims, builds, sends, settles; returns how many deliveries it dealt with. */
export async function runLane(lane: Lane, tools: LaneTools): Promise<number> {
  // The copy in memory may be older than the change that is to end the pause.
  if (lane.isPaused || !tools.registry.destination(lane.destinationId)) await tools.registry.refresh();
  const destination = tools.registry.destination(lane.destinationId);
  const platform = destination && tools.findPlatform(destination.platform);
  if (!destination || !platform) return 0;
  const startedAt = new Date(tools.clock.now());
  const opened = platform.open(destination, (name) => tools.baseUrl(name, destination.workspaceId));
  if (opened.kind === 'misconfigured') {
    await pause({ tools, destination, reason: opened.reason, since: startedAt });
    return 0;
  }
  return new LaneRound({ lane, tools, destination, platform, opened, startedAt }).run();
}
