// <chunkmark-report src="write.cmk"></chunkmark-report>, made by a script.
import '../chunkmark/report.mjs';

export function run(into, capture) {
  const report = document.createElement('chunkmark-report');
  report.setAttribute('src', capture);
  into.append(report);
}
