/**
 * How often a key, or an address without one, may ask.
 * @module
 */
import { RateLimiterMemory, RateLimiterRes } from "npm:rate-limiter-flexible@11.4.0";
import { TooManyRequestsError } from "../errors.ts";

/** Counts requests of this process. */
export class RateLimits {
  readonly #keys: RateLimiterMemory;
  readonly #failures: RateLimiterMemory;
  readonly #rate: number;

  /** Takes `rate` requests a minute of each key, and `failedKeys` failed ones of each address. */
  constructor(rate: number, failedKeys: number) {
    this.#rate = rate;
    this.#keys = new RateLimiterMemory({ points: rate, duration: 60, keyPrefix: "key" });
    this.#failures = new RateLimiterMemory({ points: failedKeys, duration: 60, keyPrefix: "address" });
  }

  /** Counts a request; throws a TooManyRequestsError where the key has had its share. */
  async countKey(keyId: string): Promise<void> {
    const wait = await consume(this.#keys, keyId);
    if (wait === 0) return;
    throw new TooManyRequestsError(
      `this API key has made ${this.#rate} requests within a minute, which is the limit; try again in ${wait} s`,
      wait,
    );
  }

  /** Counts a failed key; throws a TooManyRequestsError where an address has tried too many. */
  async countFailure(address: string): Promise<void> {
    const wait = await consume(this.#failures, address);
    if (wait === 0) return;
    throw new TooManyRequestsError(`too many wrong API keys came from this address; try again in ${wait} s`, wait);
  }
}

/** Seconds to wait, 0 for none. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
  }
}
