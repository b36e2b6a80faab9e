// Two layers under one norm: every norm of the lengths, step and penalty, free and
// on manifolds, with radii and scales.
!matrix = tensor<?x?xf32>
#half = #steepest.scaled<norm = #steepest.rows, radius = 0.5, cols = 0.5>
steepest.optimizer @max(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over max (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
steepest.optimizer @max_penalty(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over max (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) penalty : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
steepest.optimizer @l2(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over l2 (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
steepest.optimizer @l2_penalty(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over l2 (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) penalty : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
steepest.optimizer @l1(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over l1 (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
steepest.optimizer @l1_penalty(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over l1 (%g, %h) at (%w, %v) norms([#steepest.frobenius, #half])
         on([#steepest.oblique_columns, unit]) scales([0.5, 2.0]) penalty : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.oblique_columns) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
// A solved direction: the scalar that couples it belongs to the direction that
// the compiled code found.
steepest.optimizer @solved(%w: !matrix, %g: !matrix, %v: !matrix, %h: !matrix)
    hyper(%lr: f32 = 0.1) {
  %d:2 = steepest.directions over l2 (%g, %h) at (%w, %v) norms([#steepest.spectral, #steepest.spectral])
         on([#steepest.stiefel, unit]) accuracy(#steepest.gap<0.01>) : !matrix, !matrix
  %w1 = steepest.retract %w, %d#0, %lr on(#steepest.stiefel) : !matrix
  %v1 = steepest.descend %v, %d#1, %lr : !matrix
  steepest.update %w = %w1, %v = %v1 : !matrix, !matrix
}
