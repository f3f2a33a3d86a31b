import Type from 'typebox';
import { defineEvent, type EventOf } from './definition.js';

const text = (description: string) => Type.String({ description });
const textOrNull = (description: string) =>
  Type.Union([Type.String({ description }), Type.Null()], { description: `${description}; null: none, or not known` });
const whole = (minimum: number, description: string) => Type.Integer({ minimum, description });

/** Of what happens as often as a client likes: an event stands for one or for many. */
const observed = {
  count: whole(1, 'How many it stands for'),
  first_at: text('When the first of them happened, RFC 3339; the request is its'),
  last_at: text('When the last of them happened, RFC 3339'),
  folded: Type.Boolean({
    description: 'They were too many to be told apart: of different users, images or operations, which are left out',
  }),
};
const operation = textOrNull('Method and route');
const image_id = textOrNull('Image id in lowercase, as it was asked for');

const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
const USER = '4b8e2a4f0c9d3b5a7e6c8f1d2b0f6d1c';
const ERASURE = '5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';
const once = { count: 1, first_at: '2026-11-24T12:00:00.000Z', last_at: '2026-11-24T12:00:00.000Z', folded: false };

/**
 * What the gateway sees of who comes and what they get. The stream is `security-<project>`, `security-unknown` where
 * nobody has proved to be of a project.
 */
export const securityEvents = {
  AuthenticationFailed: defineEvent({
    kind: 'security',
    type: 'AuthenticationFailed',
    version: 1,
    summary: 'Somebody did not prove who they are; the actor is the gateway, for it is not known who it was.',
    schema: Type.Object({
      reason: Type.Union([Type.Enum(['password', 'api_key', 'token', 'project']), Type.Null()], {
        description:
          'What was not good: the secret, the token, or the project that it was asked for; null: several of these, folded',
      }),
      user_id: textOrNull('The user that was claimed to be, where there is such a one'),
      ...observed,
    }),
    sample: { reason: 'password', user_id: USER, ...once, count: 12, last_at: '2026-11-24T12:00:41.000Z' },
  }),
  AccessDenied: defineEvent({
    kind: 'security',
    type: 'AccessDenied',
    version: 1,
    summary: 'Somebody was refused what they have no right to.',
    schema: Type.Object({
      operation,
      reason: Type.Union([Type.String(), Type.Null()], {
        description: 'The code of the refusal, as the answer had it; null: several, folded',
      }),
      image_id,
      ...observed,
    }),
    sample: { operation: 'DELETE /v2/images/{id}', reason: 'forbidden', image_id: IMAGE, ...once },
  }),
  ImageDataSent: defineEvent({
    kind: 'security',
    type: 'ImageDataSent',
    version: 1,
    summary: 'Somebody read the data of an image, or a part of it.',
    schema: Type.Object({
      image_id,
      size: Type.Union([whole(0, 'bytes of the image'), Type.Null()]),
      bytes: whole(0, 'bytes that were sent, all together'),
      range: Type.Union(
        [
          Type.Object({ start: whole(0, 'offset of the first byte'), end: whole(0, 'offset of the last byte') }),
          Type.Null(),
        ],
        { description: 'What was asked for, from the lowest to the highest byte; null: all of it' },
      ),
      unfinished: whole(0, 'How many of them broke off'),
      ...observed,
    }),
    sample: { image_id: IMAGE, size: 1048576, bytes: 1024, range: { start: 0, end: 1023 }, unfinished: 0, ...once },
  }),
  RateLimited: defineEvent({
    kind: 'security',
    type: 'RateLimited',
    version: 1,
    summary: 'A project sent more requests than it may, and was told to wait.',
    schema: Type.Object({ operation, ...observed }),
    sample: { operation: 'GET /v2/images', ...once, count: 250, last_at: '2026-11-24T12:00:58.000Z' },
  }),
  PersonErasureRequested: defineEvent({
    kind: 'security',
    type: 'PersonErasureRequested',
    version: 1,
    summary: 'An admin asked that every service forgets from where a user came: names, addresses, agents.',
    schema: Type.Object({
      erasure_id: text('The erasure, a UUID'),
      user_id: text('Whom the services shall forget'),
      reason: text('Why, in the admin’s words'),
    }),
    sample: { erasure_id: ERASURE, user_id: USER, reason: 'request 2026-118' },
  }),
  PersonErased: defineEvent({
    kind: 'security',
    type: 'PersonErased',
    version: 1,
    summary: 'Every service has forgotten the user; what the events say of them stays.',
    schema: Type.Object({
      erasure_id: text('The erasure, a UUID'),
      user_id: text('Who is forgotten'),
      contexts: whole(0, 'How many requests are now nobody’s, in all services'),
    }),
    sample: { erasure_id: ERASURE, user_id: USER, contexts: 42 },
  }),
} as const;

export type SecurityEvent = EventOf<typeof securityEvents>;
