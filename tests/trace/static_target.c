/* A statically linked program: no preload library can enter it. */
int main(void) {
  return 0;
}
