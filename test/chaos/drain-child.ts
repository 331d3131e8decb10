import { openDatabase } from '../../src/io/database.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openFileLog } from '../../src/log/file-log.ts';
import { createDrain } from '../../src/projections/drain.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { tools } from '../db/leads-world.ts';

const [options = '', directory = '', instanceId = ''] = process.argv.slice(2);
const { db } = await openDatabase(JSON.parse(options));
const drain = createDrain({
  leads: tools,
  enricher: createEnricher({ geo: null }),
  ...{
    db,
    log: openFileLog({ directory, instanceId }),
    ipHashSalt: 'a salt of the tests, long enough for all',
  },
  ...{ logger: openLogger('silent'), clock: Date },
});
drain.start();
process.stdout.write('started');
