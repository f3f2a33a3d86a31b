import { subscribe } from 'node:diagnostics_channel';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { Logger } from '../logging/logger.js';
import { channelOf, crashPoints, diesAfterItsTurn } from './crash-points.js';

export const noCrashPoint = 'none';

interface Wish {
  readonly point: string;
  /** 1: the first time that it is passed. */
  readonly pass: number;
}

/** `<point>` or `<point>:<pass>`; null when it names no point. */
function wishOf(text: string): Wish | null {
  const [, point = '', pass = '1'] = /^([a-z.-]+)(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
  return Object.hasOwn(crashPoints, point) ? { point, pass: Number(pass) } : null;
}

/** A setting that is `none`, or where to die; the latter only on a service that no other machine is told to use. */
export const IsCrashPoint = () => (target: object, property: string) => {
  ValidateBy({
    name: 'isCrashPoint',
    validator: {
      validate: (value) => value === noCrashPoint || wishOf(String(value)) !== null,
      defaultMessage: () => '$property must be none, or the name of a crash point and perhaps :<pass>',
    },
  })(target, property);
  ValidateBy({
    name: 'isOutOfHarm',
    validator: {
      validate: (value, args) => value === noCrashPoint || isOutOfHarm(args),
      defaultMessage: () =>
        '$property is refused on a published service, unless CLOUD_IMAGES_ALLOW_CRASH_POINTS is true',
    },
  })(target, property);
};

function isOutOfHarm(args: ValidationArguments | undefined): boolean {
  const { publicUrl, allowCrashPoints } = args?.object as { publicUrl?: unknown; allowCrashPoints?: unknown };
  if (allowCrashPoints === true) return true;
  const { hostname } = URL.canParse(String(publicUrl)) ? new URL(String(publicUrl)) : { hostname: '' };
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Kills this process, without a word to anybody, when it passes the place for the nth time. */
export function armCrashPoint(setting: string, log: Logger, die: () => void = killSelf): void {
  if (setting === noCrashPoint) return;
  const wish = wishOf(setting);
  if (!wish) throw new Error(`there is no crash point ${setting}`);
  log.warn({ event: 'crash-point-armed', ...wish }, 'this process will kill itself');
  let passed = 0;
  subscribe(channelOf(wish.point), () => {
    passed += 1;
    if (passed !== wish.pass) return;
    log.fatal({ event: 'crash-point', ...wish }, 'killed by its crash point');
    if (diesAfterItsTurn.has(wish.point)) setImmediate(die);
    else die();
  });
}

const killSelf = (): void => void process.kill(process.pid, 'SIGKILL');
