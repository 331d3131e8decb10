import { createTelegramSetup } from './bot/telegram-setup.ts';
import { systemClock } from './io/clock.ts';
import { deriveKey } from './parts.ts';
import type { Rooms } from './rooms.ts';
import { openTryRoom, type TryRoom } from './simulators/try-room.ts';

/** Opens the try-it pages' simulators; null where there are none. `simulators` is their address over loopback. */
export function openTryOut(rooms: Rooms, simulators: string | null): TryRoom | null {
  if (simulators === null) return null;
  const { config, database, vault, registry, outbound } = rooms;
  return openTryRoom({
    db: database.db,
    vault,
    registry,
    outbound,
    clock: systemClock,
    telegram: createTelegramSetup({
      telegram: config.vendorUrls.TELEGRAM_API_URL,
      simulator: `${simulators}/telegram`,
    }),
    publicUrl: config.publicUrl,
    loopbackUrl: new URL(simulators).origin,
    key: deriveKey(config, 'demonstration'),
  });
}

/** Makes the demonstration; what goes wrong with it must not keep the server from serving. */
export async function prepareTryOut(rooms: Rooms, tryRoom: TryRoom | null): Promise<void> {
  try {
    await tryRoom?.prepare();
  } catch (error) {
    rooms.logger.error({ err: error }, 'the demonstration could not be made; the try-it pages stay closed');
  }
}
