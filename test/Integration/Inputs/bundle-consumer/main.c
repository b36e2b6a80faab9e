#include <muon.h>

#include <stdio.h>

int main(void) {
  puts(steepest_muon()->name);
  return 0;
}
