// Reads the configuration, runs the service, and stops it when it is told to.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createService } from './app.ts';

function numberFrom(variable: string, otherwise: number): number {
  const text = process.env[variable];
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(number) || number < 0) {
    throw new Error(`${variable} must be a whole number, not "${text}".`);
  }
  return number;
}

const host = process.env.HOST ?? '0.0.0.0';
const port = numberFrom('PORT', 8080);
const drainSeconds = numberFrom('DRAIN_SECONDS', 5);

const stop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
const { app, setReady } = createService({ logger: { level: process.env.LOG_LEVEL ?? 'info' } });

await app.listen({ host, port });
setReady(true);

await stop;
app.log.info('draining');
// Load balancers learn from this that they should send nothing more; requests that still come are answered.
setReady(false);
await sleep(drainSeconds * 1000);
await app.close();
app.log.info('stopped');
