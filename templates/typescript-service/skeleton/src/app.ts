// The service: its routes and what they need. main.ts reads the configuration and runs it.
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { addMetrics } from './metrics.ts';

export interface Service {
  app: FastifyInstance;
  /** Says whether requests may be sent here. */
  setReady(ready: boolean): void;
}

export function createService(options: FastifyServerOptions = {}): Service {
  const app = Fastify({ requestTimeout: 10_000, ...options });
  let isReady = false;

  addMetrics(app);

  // The first route, to be replaced by what the service is for.
  app.get('/', async () => ({ message: 'hello' }));

  // It must not look at other services: their failure is no reason to restart this one.
  app.get('/health/live', { logLevel: 'warn' }, async () => ({ status: 'live' }));

  app.get('/health/ready', { logLevel: 'warn' }, async (_request, reply) => {
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? 'ready' : 'not ready' };
  });

  return {
    app,
    setReady(ready) {
      isReady = ready;
    },
  };
}
