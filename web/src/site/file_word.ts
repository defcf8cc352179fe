// Opened from a file, a browser runs none of the pages' modules and lets them read nothing: this classic script says so.

if (location.protocol === 'file:')
  document.addEventListener('DOMContentLoaded', () => {
    const word = document.createElement('p');
    word.className = 'column file-word';
    word.setAttribute('role', 'alert');
    word.textContent =
      'Opened from a file, this page cannot read the runs beside it, nor run anything: browsers forbid it. ' +
      'Serve the folder instead (chunkmark serve, or python3 -m http.server), or open a single report, which works from a file.';
    document.querySelector('main')?.before(word);
  });
