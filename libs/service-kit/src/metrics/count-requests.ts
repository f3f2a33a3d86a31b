import type { FastifyInstance } from 'fastify';
import { unknownRoute, type RequestDurations } from './request-durations.js';

/** Every request of a service, by the template of its route. */
export function countRequests(fastify: FastifyInstance, durations: RequestDurations): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? unknownRoute;
    durations.observe(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
}
