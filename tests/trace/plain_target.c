// Prints what it was given, and ends with a status of its own. Built in every way that a tracer cannot enter.
#include <stdio.h>

int main(int argc, char** argv) {
  printf("printed %s\n", argc > 1 ? argv[1] : "");
  return 7;
}
