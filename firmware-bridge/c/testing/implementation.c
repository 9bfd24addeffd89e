#define VITAL_EDGE_IMPLEMENTATION
#include "vital_edge.h"
