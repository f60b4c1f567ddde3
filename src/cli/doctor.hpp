// `ringlet doctor`: what this machine offers, and what that means.
#pragma once

namespace ringlet {

/// Prints the report; 0 when ringlet can run here, else 2.
int doctor();

} // namespace ringlet
