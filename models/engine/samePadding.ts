/** Zero steps before and after a window for a convolution's padding `same`, as TensorFlow has it: the odd one behind. */
export function samePadding(steps: number, kernelSize: number, strides: number): { left: number; right: number } {
  const outputs = Math.ceil(steps / strides)
  const all = Math.max(0, (outputs - 1) * strides + kernelSize - steps)
  const left = Math.floor(all / 2)
  return { left, right: all - left }
}
