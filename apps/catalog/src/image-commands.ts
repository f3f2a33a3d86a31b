import { Inject, Injectable } from '@nestjs/common';
import { imageNotFound, imageStream, Refusal, type ImageEvent } from '@cloud-images/contracts';
import {
  onceOnly,
  type Command,
  type Handled,
  type Remember,
  type RememberedAnswer,
  type SqlExecutor,
} from '@cloud-images/event-store';
import type { Image, ImageState, MemberStatus } from '@cloud-images/image-model';
import { metadataOf, repeatable, type CallerContext } from '@cloud-images/service-kit';
import { membershipMatters, type Caller } from './image/addressed.js';
import { assertUnchanged } from './image/precondition.js';
import { READ_MODEL } from './read-model/tokens.js';
import { IMAGES, type Images } from './tokens.js';

type At = Parameters<Command<ImageState, ImageEvent>['decide']>[1];
type Alongside = NonNullable<Command<ImageState, ImageEvent>['alongside']>;

export interface ImageCommand {
  /** As in the path: any text. */
  readonly imageId: string;
  /** The header: the command is refused when the image has changed since. */
  readonly ifMatch?: string | undefined;
  readonly decide: (state: ImageState, caller: Caller, at: At) => readonly ImageEvent[];
  readonly before?: NonNullable<Command<ImageState, ImageEvent>['before']>;
  readonly alongside?: Alongside;
}

export interface ChangedImage extends Handled<ImageState, ImageEvent> {
  readonly state: Image;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Commands of users on one image that exists. */
@Injectable()
export class ImageCommands {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
  ) {}

  /**
   * Decides as the caller. Owner and admin, who alone can succeed, cost no look-up: only when a shared image is refused to
   * somebody else is the membership asked for, to tell "forbidden" from "not found".
   */
  async run(caller: CallerContext, command: ImageCommand): Promise<ChangedImage> {
    if (!uuid.test(command.imageId)) throw imageNotFound();
    let undecided = false;
    const attempt = (member: MemberStatus | null) =>
      this.handle(caller, command, (state, at) => {
        const who: Caller = { identity: caller.identity, member };
        undecided = membershipMatters(state, who);
        const events = command.decide(state, who, at);
        assertUnchanged(command.ifMatch, at.version);
        return events;
      });
    try {
      return await attempt(null);
    } catch (error) {
      const member = undecided && error instanceof Refusal ? await this.memberStatus(caller, command.imageId) : null;
      if (member === null) throw error;
      return attempt(member);
    }
  }

  /** As `run`, once for an Idempotency-Key: for calls that are answered with 204. Says whether this is a repetition. */
  async runOnce(caller: CallerContext, key: string | undefined, name: string, command: ImageCommand): Promise<boolean> {
    const request = repeatable(key, caller, name, command.imageId.toLowerCase());
    const { repeated } = await onceOnly(this.sql, request, async (remember) => {
      await this.run(caller, remember === null ? command : { ...command, alongside: remembering(command, remember) });
      return done;
    });
    return repeated;
  }

  private async handle(
    caller: CallerContext,
    { imageId, before, alongside }: ImageCommand,
    decide: (state: ImageState, at: At) => readonly ImageEvent[],
  ): Promise<ChangedImage> {
    const handled = await this.images.handle({
      stream: imageStream(imageId),
      metadata: metadataOf(caller),
      context: caller.context,
      decide,
      ...(before ? { before } : {}),
      ...(alongside ? { alongside } : {}),
    });
    const { state } = handled;
    if (!state.exists) throw imageNotFound();
    return { ...handled, state };
  }

  private async memberStatus({ identity }: CallerContext, imageId: string): Promise<MemberStatus | null> {
    const { rows } = await this.sql.query<{ status: MemberStatus }>(
      'SELECT status FROM image_members WHERE image_id = $1 AND member_id = $2',
      [imageId, identity.project],
      'member:status',
    );
    return rows[0]?.status ?? null;
  }
}

const done: RememberedAnswer = { status: 204, headers: {}, body: '' };

const remembering =
  ({ alongside }: ImageCommand, remember: Remember): Alongside =>
  async (sql, change) => {
    await alongside?.(sql, change);
    await remember(sql, done);
  };
