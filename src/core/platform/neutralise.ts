/**
 * Makes text of a stranger's (a model's names reach ONNX Runtime's messages verbatim) safe to log: no control
 * characters, and nothing a GitHub runner would take for a workflow command.
 */
export function neutralise(text: string): string {
  const plain = text
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, '')
  return plain.replace(/:(?=:)/g, ':\u200b').replaceAll('##[', '#\u200b#[')
}
