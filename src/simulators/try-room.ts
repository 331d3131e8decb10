import { createHmac } from 'node:crypto';
import type { Clock } from '../io/clock.ts';
import type { Outbound } from '../io/outbound.ts';
import {
  DEMO_BOT,
  DEMO_PIXEL_ID,
  type DemoOptions,
  type DemoWorkspace,
  prepareDemo,
} from './demo-workspace.ts';
import { MetaSimulator } from './meta.ts';
import { PixelSimulator } from './pixel.ts';
import { openPlatformSimulators, type PlatformSimulators } from './platform-simulators.ts';
import { TelegramSimulator } from './telegram.ts';
import { buildWebhookPush } from './telegram-server.ts';

/** The simulated outside world of the try-it pages; it serves the demonstration's workspace and nothing else. */
export interface TryRoom {
  readonly telegram: TelegramSimulator;
  readonly meta: MetaSimulator;
  readonly pixel: PixelSimulator;
  /** The other ad platforms, for destinations that somebody adds to the demonstration. */
  readonly platforms: PlatformSimulators;
  /** The only access token that the simulated Meta takes here. */
  readonly metaToken: string;
  /** Null until `prepare` has made it. */
  readonly demo: DemoWorkspace | null;
  /** Marks a person's clicks: the beginning of every fbclid that they are given. */
  clickMarkOf(personId: number): string;
  /** Makes the demonstration as far as it is not there. The server must listen, because the bot's webhook is set. */
  prepare(): Promise<void>;
  /** Ends what waits. */
  close(): void;
}

/** What the room needs. */
export interface TryRoomOptions extends Omit<DemoOptions, 'botToken' | 'metaToken'> {
  readonly outbound: Outbound;
  readonly clock: Clock;
  /** A key of its own, so that nobody can guess the simulated tokens. */
  readonly key: string;
}

/** Opens the simulators; nothing is in the database before `prepare`. */
export function openTryRoom(options: TryRoomOptions): TryRoom {
  const { clock, outbound, key } = options;
  const now = () => clock.now();
  const sign = (purpose: string) => createHmac('sha256', key).update(purpose).digest('hex');
  const botToken = `${DEMO_BOT.id}:AA${sign('bot token').slice(0, 33)}`;
  const metaToken = `EAAsim${sign('meta token')}`;
  const telegram = new TelegramSimulator({ now, push: buildWebhookPush(outbound) });
  telegram.addBot({ token: botToken, username: DEMO_BOT.username, name: DEMO_BOT.name });
  let demo: DemoWorkspace | null = null;
  return {
    telegram,
    meta: new MetaSimulator({ now }),
    platforms: openPlatformSimulators({ now }),
    pixel: new PixelSimulator({ pixelId: DEMO_PIXEL_ID, now }),
    metaToken,
    get demo() {
      return demo;
    },
    clickMarkOf: (personId) => `IwAR${sign(`person ${personId}`).slice(0, 24)}`,
    prepare: async () => {
      demo = await prepareDemo({ ...options, botToken, metaToken });
    },
    close: () => telegram.close(),
  };
}
