// The page of the method: its words stand in site/method.html; a figure can be checked here.

import { byId } from '../../dom';
import { Check } from '../check';
import { coreWorker } from '../core';
import { loadCells } from '../runs';
import { errorNote, startPage } from '../shell';

void startPage();
const check = new Check(coreWorker);
loadCells().then(
  (cells) => check.offer(cells),
  (error: unknown) => byId('check-result').replaceChildren(errorNote(error, 'There is nothing to check.')),
);
