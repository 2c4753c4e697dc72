// One call's open and seal of 1 KiB as Wasm under V8, which is what a Worker runs:
//   cargo build --release --target wasm32-unknown-unknown -p lango-vault --example open_and_seal
//   node crates/vault/benches/v8.mjs
// It fails beyond the budget of 50 µs.
import { readFile } from "node:fs/promises";

const BUDGET_MICROSECONDS = 50;
const [ROUNDS, CALLS_A_ROUND] = [50, 400];

const built = new URL(
  "../../../target/wasm32-unknown-unknown/release/examples/open_and_seal.wasm",
  import.meta.url,
);
const { instance } = await WebAssembly.instantiate(await readFile(built), {});

// The time of the processor, not of the clock: other work on the machine does not count.
const rounds = Array.from({ length: ROUNDS }, () => {
  const begun = process.cpuUsage();
  const bytes = instance.exports.calls(CALLS_A_ROUND);
  if (bytes !== CALLS_A_ROUND * 1040) throw new Error(`${bytes} bytes came out`);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / CALLS_A_ROUND;
}).sort((a, b) => a - b);
const [median, worst] = [rounds[ROUNDS / 2], rounds[ROUNDS - 1]];
console.log(
  `open and seal of 1 KiB as Wasm: ${median.toFixed(1)} µs a call (worst round of ${ROUNDS}: ${worst.toFixed(1)} µs)`,
);
if (median >= BUDGET_MICROSECONDS) throw new Error(`the budget is ${BUDGET_MICROSECONDS} µs`);
