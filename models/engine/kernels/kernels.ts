// AssemblyScript, not TypeScript: compiled by asc in the build. Addresses are bytes in the network's own memory; values are
// 32-bit floats, four to a vector. `compile.ts` writes the plan.

/** A row of a plan: twelve 32-bit words. */
const planRow: usize = 48

/**
 * Runs a plan for `windows` windows. Words of a row, by operation:
 * 0 dense: in, out, weights, bias, inputs, outputs, activation, rows a window, step between rows, values a window in
 * 1 pad: in, out, -, -, values, values before, values a window out
 * 2 repeat: in, out, -, -, channels, times, rows a window
 * 3 lstm: sums of the inputs, out, recurrent weights, state, units, steps, every step (1) or the last (0)
 * 4 scale: in, out, factors, offsets, channels, rows a window
 */
export function run(plan: usize, rows: i32, windows: i32): void {
  for (let r = 0; r < rows; r++, plan += planRow) {
    const input = load<u32>(plan, 4) as usize
    const output = load<u32>(plan, 8) as usize
    const first = load<u32>(plan, 12) as usize
    const second = load<u32>(plan, 16) as usize
    const a = load<i32>(plan, 20)
    const b = load<i32>(plan, 24)
    const c = load<i32>(plan, 28)
    const d = load<i32>(plan, 32)
    const e = load<i32>(plan, 36)
    const f = load<i32>(plan, 40)
    switch (load<i32>(plan)) {
      case 0:
        if (e == a) dense(input, output, first, second, a, b, c, d * windows, e)
        else
          for (let w = 0; w < windows; w++)
            dense(input + bytes(w * f), output + bytes(w * d * b), first, second, a, b, c, d, e)
        break
      case 1:
        for (let w = 0; w < windows; w++) memory.copy(output + bytes(w * c + b), input + bytes(w * a), bytes(a))
        break
      case 2:
        repeat(input, output, a, b, c * windows)
        break
      case 3:
        for (let w = 0; w < windows; w++)
          lstm(input + bytes(w * b * 4 * a), output + bytes(w * (c ? b : 1) * a), first, second, a, b, c != 0)
        break
      default:
        scale(input, output, first, second, a, b * windows)
    }
  }
}

// @ts-ignore: decorator
@inline
function bytes(values: i32): usize {
  return (values as usize) << 2
}

function repeat(input: usize, output: usize, channels: i32, times: i32, rows: i32): void {
  const size = bytes(channels)
  for (let row = 0; row < rows; row++, input += size) {
    for (let k = 0; k < times; k++, output += size) memory.copy(output, input, size)
  }
}

function scale(input: usize, output: usize, factors: usize, offsets: usize, channels: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < channels; k++, input += 4, output += 4) {
      store<f32>(output, load<f32>(input) * load<f32>(factors + bytes(k)) + load<f32>(offsets + bytes(k)))
    }
  }
}

/**
 * out = activation(in · weights + bias), row by row. The weights lie in panels of 32, then 16, 8 and 4 outputs, each panel input
 * by input, the last one filled up with zeros; so does the bias.
 */
function dense(
  input: usize,
  output: usize,
  weights: usize,
  bias: usize,
  inputs: i32,
  outputs: i32,
  activation: i32,
  rows: i32,
  step: i32,
): void {
  let row = 0
  const inStep = bytes(step)
  const outStep = bytes(outputs)
  for (; row + 4 <= rows; row += 4) {
    fourRows(input, output, weights, bias, inputs, outputs, inStep, outStep)
    input += 4 * inStep
    output += 4 * outStep
  }
  for (; row < rows; row++) {
    oneRow(input, output, weights, bias, inputs, outputs)
    input += inStep
    output += outStep
  }
  if (activation != 0) activate(output - bytes(rows * outputs), rows * outputs, activation)
}

function oneRow(input: usize, output: usize, weights: usize, bias: usize, inputs: i32, outputs: i32): void {
  const end = input + bytes(inputs)
  let left = outputs
  for (; left > 28; left -= 32) {
    let s0 = v128.load(bias), s1 = v128.load(bias, 16), s2 = v128.load(bias, 32), s3 = v128.load(bias, 48)
    let s4 = v128.load(bias, 64), s5 = v128.load(bias, 80), s6 = v128.load(bias, 96), s7 = v128.load(bias, 112)
    // V8 loads first whatever a stretch of code without branches needs: beside eight sums there is a register for four vectors
    // of weights, not for eight. So an exit stands between the halves of each row of weights, if need be one that is never
    // taken; two rows a turn, as V8 would otherwise unroll the loop and lose the exits. Measured: 1.4 times as fast.
    let at = input
    let x = v128.load32_splat(at)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(weights)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(weights, 16)))
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(weights, 32)))
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(weights, 48)))
    while (true) {
      s4 = f32x4.add(s4, f32x4.mul(x, v128.load(weights, 64)))
      s5 = f32x4.add(s5, f32x4.mul(x, v128.load(weights, 80)))
      s6 = f32x4.add(s6, f32x4.mul(x, v128.load(weights, 96)))
      s7 = f32x4.add(s7, f32x4.mul(x, v128.load(weights, 112)))
      at += 4
      weights += 128
      if (at >= end) break
      x = v128.load32_splat(at)
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(weights)))
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(weights, 16)))
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(weights, 32)))
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(weights, 48)))
      if (weights == 0) break
      s4 = f32x4.add(s4, f32x4.mul(x, v128.load(weights, 64)))
      s5 = f32x4.add(s5, f32x4.mul(x, v128.load(weights, 80)))
      s6 = f32x4.add(s6, f32x4.mul(x, v128.load(weights, 96)))
      s7 = f32x4.add(s7, f32x4.mul(x, v128.load(weights, 112)))
      at += 4
      weights += 128
      if (at >= end) break
      x = v128.load32_splat(at)
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(weights)))
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(weights, 16)))
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(weights, 32)))
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(weights, 48)))
    }
    v128.store(output, s0)
    v128.store(output, s1, 16)
    v128.store(output, s2, 32)
    v128.store(output, s3, 48)
    v128.store(output, s4, 64)
    v128.store(output, s5, 80)
    v128.store(output, s6, 96)
    put(output + 112, s7, left - 28)
    output += 128
    bias += 128
  }
  for (; left > 12; left -= 16) {
    let s0 = v128.load(bias), s1 = v128.load(bias, 16), s2 = v128.load(bias, 32), s3 = v128.load(bias, 48)
    for (let at = input; at < end; at += 4) {
      const x = v128.load32_splat(at)
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(weights)))
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(weights, 16)))
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(weights, 32)))
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(weights, 48)))
      weights += 64
    }
    v128.store(output, s0)
    v128.store(output, s1, 16)
    v128.store(output, s2, 32)
    put(output + 48, s3, left - 12)
    output += 64
    bias += 64
  }
  for (; left > 4; left -= 8) {
    let s0 = v128.load(bias), s1 = v128.load(bias, 16)
    for (let at = input; at < end; at += 4) {
      const x = v128.load32_splat(at)
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(weights)))
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(weights, 16)))
      weights += 32
    }
    v128.store(output, s0)
    put(output + 16, s1, left - 4)
    output += 32
    bias += 32
  }
  if (left > 0) {
    let s0 = v128.load(bias)
    for (let at = input; at < end; at += 4) {
      s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(at), v128.load(weights)))
      weights += 16
    }
    put(output, s0, left)
  }
}

/** Four rows at a time share each weight that is loaded; eight outputs at a time, wherever in a panel they lie. */
function fourRows(
  input: usize,
  output: usize,
  weights: usize,
  bias: usize,
  inputs: i32,
  outputs: i32,
  inStep: usize,
  outStep: usize,
): void {
  let left = outputs
  while (left > 0) {
    const width = left > 28 ? 32 : left > 12 ? 16 : left > 4 ? 8 : 4
    const panelStep = bytes(width)
    for (let from = 0; from < width && from < left; from += 8) {
      const at = bytes(from)
      if (left - from > 4 && width > 4)
        fourByEight(input, output + at, weights + at, bias + at, inputs, panelStep, inStep, outStep, left - from)
      else fourByFour(input, output + at, weights + at, bias + at, inputs, panelStep, inStep, outStep, left - from)
    }
    weights += bytes(width * inputs)
    bias += panelStep
    output += panelStep
    left -= width
  }
}

function fourByEight(
  input: usize,
  output: usize,
  weights: usize,
  bias: usize,
  inputs: i32,
  panelStep: usize,
  inStep: usize,
  outStep: usize,
  left: i32,
): void {
  let a0 = v128.load(bias), a1 = v128.load(bias, 16)
  let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1
  const end = input + bytes(inputs)
  const second = inStep
  const third: usize = 2 * inStep
  const fourth: usize = 3 * inStep
  for (let at = input; at < end; at += 4) {
    const w0 = v128.load(weights), w1 = v128.load(weights, 16)
    weights += panelStep
    let x = v128.load32_splat(at)
    a0 = f32x4.add(a0, f32x4.mul(x, w0))
    a1 = f32x4.add(a1, f32x4.mul(x, w1))
    x = v128.load32_splat(at + second)
    b0 = f32x4.add(b0, f32x4.mul(x, w0))
    b1 = f32x4.add(b1, f32x4.mul(x, w1))
    x = v128.load32_splat(at + third)
    c0 = f32x4.add(c0, f32x4.mul(x, w0))
    c1 = f32x4.add(c1, f32x4.mul(x, w1))
    x = v128.load32_splat(at + fourth)
    d0 = f32x4.add(d0, f32x4.mul(x, w0))
    d1 = f32x4.add(d1, f32x4.mul(x, w1))
  }
  left -= 4
  v128.store(output, a0)
  put(output + 16, a1, left)
  output += outStep
  v128.store(output, b0)
  put(output + 16, b1, left)
  output += outStep
  v128.store(output, c0)
  put(output + 16, c1, left)
  output += outStep
  v128.store(output, d0)
  put(output + 16, d1, left)
}

function fourByFour(
  input: usize,
  output: usize,
  weights: usize,
  bias: usize,
  inputs: i32,
  panelStep: usize,
  inStep: usize,
  outStep: usize,
  left: i32,
): void {
  let a = v128.load(bias)
  let b = a, c = a, d = a
  const end = input + bytes(inputs)
  for (let at = input; at < end; at += 4) {
    const w = v128.load(weights)
    weights += panelStep
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(at), w))
    b = f32x4.add(b, f32x4.mul(v128.load32_splat(at + inStep), w))
    c = f32x4.add(c, f32x4.mul(v128.load32_splat(at + 2 * inStep), w))
    d = f32x4.add(d, f32x4.mul(v128.load32_splat(at + 3 * inStep), w))
  }
  put(output, a, left)
  put(output + outStep, b, left)
  put(output + 2 * outStep, c, left)
  put(output + 3 * outStep, d, left)
}

/** Stores the first `left` of four values, all of them from four on. */
// @ts-ignore: decorator
@inline
function put(at: usize, values: v128, left: i32): void {
  if (left >= 4) v128.store(at, values)
  else {
    v128.store_lane<f32>(at, values, 0)
    if (left > 1) v128.store_lane<f32>(at, values, 1, 4)
    if (left > 2) v128.store_lane<f32>(at, values, 2, 8)
  }
}

/** In place: 1 relu, 2 leaky relu, 3 tanh, 4 sigmoid. Reads and writes up to three values beyond the end as they are. */
function activate(at: usize, count: i32, activation: i32): void {
  const end = at + bytes(count)
  for (; at + 16 <= end; at += 16) v128.store(at, activated(v128.load(at), activation))
  const left = ((end - at) >> 2) as i32
  if (left > 0) put(at, activated(v128.load(at), activation), left)
}

// @ts-ignore: decorator
@inline
function activated(x: v128, activation: i32): v128 {
  if (activation == 1) return f32x4.pmax(x, f32x4.splat(0))
  if (activation == 2) return f32x4.pmax(x, f32x4.mul(x, f32x4.splat(0.2)))
  return activation == 3 ? tanh(x) : sigmoid(x)
}

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1)
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))))
}

/** By the exponential; near zero, where that cancels, by x - x³/3 + 2x⁵/15. */
// @ts-ignore: decorator
@inline
function tanh(x: v128): v128 {
  const one = f32x4.splat(1)
  const doubled = exp(f32x4.add(x, x))
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(doubled, one)))
  const square = f32x4.mul(x, x)
  const inner = f32x4.add(f32x4.splat(-1.0 / 3), f32x4.mul(square, f32x4.splat(2.0 / 15)))
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(x, square), inner))
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), f32x4.splat(0.05)))
}

/** 2^k times a polynomial in the rest, |rest| <= ln 2 / 2 (Cephes expf); within 2 units in the last place, -87 to 88. */
// @ts-ignore: decorator
@inline
function exp(value: v128): v128 {
  // `pmin` and `pmax` are one instruction, and leave NaN as it is in this order.
  const x = f32x4.pmin(f32x4.pmax(value, f32x4.splat(-87)), f32x4.splat(88))
  // 1.5 · 2^23 rounds to a whole number, and has it in its lowest bits.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(12582912))
  const k = f32x4.sub(shifted, f32x4.splat(12582912))
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375))), f32x4.mul(k, f32x4.splat(-2.12194440e-4)))
  let p = f32x4.splat(1.9875691500e-4)
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1))
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1))
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23)
  return f32x4.mul(p, power)
}

/**
 * One window through an LSTM. `sums` has input · kernel + bias of each step; `state` has room for hidden (units, filled up to a
 * vector), cell (likewise) and the four gates' sums with a vector behind.
 */
function lstm(
  sums: usize,
  output: usize,
  recurrent: usize,
  state: usize,
  units: i32,
  steps: i32,
  every: boolean,
): void {
  const padded = (units + 3) & ~3
  const hidden = state
  const cell = state + bytes(padded)
  const gates = cell + bytes(padded)
  memory.fill(state, 0, 2 * bytes(padded))
  for (let step = 0; step < steps; step++) {
    oneRow(hidden, gates, recurrent, sums, units, 4 * units)
    sums += bytes(4 * units)
    for (let j = 0; j < units; j += 4) {
      const at = bytes(j)
      const enter = sigmoid(v128.load(gates + at))
      const keep = sigmoid(v128.load(gates + bytes(units) + at))
      const candidate = tanh(v128.load(gates + bytes(2 * units) + at))
      const leave = sigmoid(v128.load(gates + bytes(3 * units) + at))
      const next = f32x4.add(f32x4.mul(keep, v128.load(cell + at)), f32x4.mul(enter, candidate))
      v128.store(cell + at, next)
      v128.store(hidden + at, f32x4.mul(leave, tanh(next)))
    }
    if (every || step == steps - 1) {
      memory.copy(output, hidden, bytes(units))
      output += bytes(units)
    }
  }
}

/** The highest of so many values; -Infinity of none. */
export function highest(from: usize, count: i32): f32 {
  let a = f32x4.splat(-Infinity), b = a, c = a, d = a
  let left = count
  for (; left >= 16; left -= 16, from += 64) {
    a = f32x4.max(a, v128.load(from))
    b = f32x4.max(b, v128.load(from, 16))
    c = f32x4.max(c, v128.load(from, 32))
    d = f32x4.max(d, v128.load(from, 48))
  }
  a = f32x4.max(f32x4.max(a, b), f32x4.max(c, d))
  let best = max(max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)), max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)))
  for (; left > 0; left--, from += 4) best = max(best, load<f32>(from))
  return best
}

/**
 * Multiplies and adds in registers alone, `rounds` times 12 vectors of 4: what the machine's SIMD can do at most. Fewer chains
 * would wait for each other, more do not fit. @param one 1, which the compiler must not know.
 */
export function peak(rounds: i32, one: f32): f32 {
  let a = f32x4.splat(1), b = f32x4.splat(2), c = f32x4.splat(3), d = f32x4.splat(4)
  let e = f32x4.splat(5), f = f32x4.splat(6), g = f32x4.splat(7), h = f32x4.splat(8)
  let i = f32x4.splat(9), j = f32x4.splat(10), k = f32x4.splat(11), l = f32x4.splat(12)
  const x = f32x4.splat(one)
  for (let round = 0; round < rounds; round++) {
    a = f32x4.add(x, f32x4.mul(a, x))
    b = f32x4.add(x, f32x4.mul(b, x))
    c = f32x4.add(x, f32x4.mul(c, x))
    d = f32x4.add(x, f32x4.mul(d, x))
    e = f32x4.add(x, f32x4.mul(e, x))
    f = f32x4.add(x, f32x4.mul(f, x))
    g = f32x4.add(x, f32x4.mul(g, x))
    h = f32x4.add(x, f32x4.mul(h, x))
    i = f32x4.add(x, f32x4.mul(i, x))
    j = f32x4.add(x, f32x4.mul(j, x))
    k = f32x4.add(x, f32x4.mul(k, x))
    l = f32x4.add(x, f32x4.mul(l, x))
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)))
  return f32x4.extract_lane(f32x4.add(sum, f32x4.add(f32x4.add(i, j), f32x4.add(k, l))), 0)
}
