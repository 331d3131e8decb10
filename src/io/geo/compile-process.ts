import { compileNetworks } from './compile-networks.ts';

const [, , directory = '', table = ''] = process.argv;
// Whoever asked has ended: nobody waits for the table.
process.on('disconnect', () => process.exit(1));
try {
  await compileNetworks(directory, table);
  process.exit(0);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.send?.(reason, () => process.exit(1));
}
