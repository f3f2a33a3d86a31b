import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { CallerContext } from './caller.js';

/** What a route demands of its callers; kept in Fastify's route table, so that checking it costs no look-up of its own. */
export interface RouteAccess {
  readonly anonymous?: true;
  readonly onlyVia?: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    caller: CallerContext | null;
    requestId: string;
  }
}

const routeAccess = (access: RouteAccess): MethodDecorator => RouteConfig({ access });

/** Needs no identity. Everything else does. */
export const Anonymous = (): MethodDecorator => routeAccess({ anonymous: true });

/** Only when one of these services vouches for the caller: internal operations. */
export const OnlyVia = (...services: [string, ...string[]]): MethodDecorator => routeAccess({ onlyVia: services });

/** The `CallerContext` of the request. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): CallerContext => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === null) throw new Error('an anonymous route has no caller');
  return caller;
});

/** The id of the request, on anonymous routes too. */
export const RequestId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => context.switchToHttp().getRequest<FastifyRequest>().requestId,
);
